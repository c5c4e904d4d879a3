import type { ChatSocket, SocketHandlers } from '@customer-live-chat/sdk';
import { openPolling, openWebSocket, type Connection, type Open } from './transports';

/** How long a connection may need to open, in milliseconds. */
const OPENING = 10_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;

/**
 * The widget's own client of Socket.IO 5 over Engine.IO 4: what a chat needs of it, and the official client's behaviour in that. One namespace, text
 * alone, WebSocket first and polling where there is no way through, and back by itself after a loss, from the last event where the server can.
 */
class Socket implements ChatSocket {
  readonly #address: URL;
  readonly #on: SocketHandlers;
  #connection: Connection | undefined;
  #isConnected = false;
  #failures = 0;
  /** For recovery: the session that the server may keep, and the last event that was seen of it. */
  #pid: string | undefined;
  #offset: string | undefined;
  /** The one wait that there is: for the connection to open, for its next heartbeat, or before the next try. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  // A browser leaves a WebSocket open that no longer goes anywhere.
  readonly #offline = (): void => {
    if (this.#connection) this.#lost();
  };

  constructor(gateway: string, handlers: SocketHandlers) {
    this.#on = handlers;
    this.#address = new URL(`${gateway.replace(/\/+$/, '')}/socket.io/?EIO=4`);
    addEventListener('offline', this.#offline);
    this.#open(openWebSocket);
  }

  emit(name: string, payload: unknown): void {
    if (this.#isConnected) this.#connection?.send(`42${JSON.stringify([name, payload])}`);
  }

  reconnect(): void {
    this.#leave();
    this.#failures = 0;
    this.#open(openWebSocket);
  }

  close(): void {
    removeEventListener('offline', this.#offline);
    this.#leave();
  }

  #open(open: Open): void {
    let isOpen = false;
    let patience = OPENING;
    const closed = (): void => {
      if (isOpen || open === openPolling) return this.#lost();
      this.#drop();
      this.#open(openPolling);
    };
    const packet = (text: string): void => {
      const body = bodyOf(text);
      // Not what the protocol says: as if the connection had been lost.
      if (!body || text === '1') return closed();
      if (text.startsWith('0')) {
        const { pingInterval, pingTimeout } = body as { pingInterval: number; pingTimeout: number };
        patience = pingInterval + pingTimeout;
        isOpen = true;
        void this.#join();
      }
      this.#wait(closed, patience);
      if (text === '2') this.#connection?.send('3');
      else if (text.startsWith('4')) this.#heard(text[1], body);
    };
    this.#wait(closed, OPENING);
    try {
      this.#connection = open(this.#address, { packet, closed });
    } catch {
      // A page may not be allowed to.
      closed();
    }
  }

  /** Asks to be let in. */
  async #join(): Promise<void> {
    const connection = this.#connection;
    const auth = await this.#on.auth().catch(() => ({}));
    const recovery = this.#pid === undefined ? {} : { pid: this.#pid, offset: this.#offset };
    if (this.#connection === connection) connection?.send(`40${JSON.stringify({ ...recovery, ...auth })}`);
  }

  /** A packet of Socket.IO: CONNECT, DISCONNECT, EVENT or CONNECT_ERROR. */
  #heard(type: string | undefined, body: object): void {
    if (type === '0') {
      const { pid } = body as { pid?: string };
      const isRecovered = pid !== undefined && pid === this.#pid;
      this.#pid = pid;
      this.#isConnected = true;
      this.#failures = 0;
      this.#on.connected(isRecovered);
    } else if (type === '1') {
      this.#drop();
      this.#on.disconnected(true);
    } else if (type === '2' && Array.isArray(body)) {
      const last: unknown = body.at(-1);
      if (typeof last === 'string') this.#offset = last;
      this.#on.event(String(body[0]), body[1]);
    } else if (type === '4') {
      const { message = '', data } = body as { message?: string; data?: unknown };
      this.#drop();
      this.#on.refused(message, data);
    }
  }

  #lost(): void {
    this.#drop();
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures++);
    this.#wait(() => this.#open(openWebSocket), delay * (0.5 + Math.random()));
    this.#on.disconnected(false);
  }

  /** Goes, and says so where there is somebody to hear it. */
  #leave(): void {
    if (this.#isConnected) this.#connection?.send('41');
    this.#drop();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#isConnected = false;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #wait(then: () => void, milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, milliseconds);
  }
}

/** What stands behind the types and the number of an acknowledgement; undefined where it is no JSON. */
function bodyOf(text: string): object | undefined {
  try {
    const body: unknown = JSON.parse(text.replace(/^\d+/, '') || '{}');
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

export const connectSocket = (gateway: string, handlers: SocketHandlers): ChatSocket => new Socket(gateway, handlers);
