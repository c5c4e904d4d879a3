import type { Environment } from './environment.js';
import { ChatError, refusalOf } from './error.js';
import { Repeater } from './repeat.js';
import type { ChatSocket } from './socket.js';
import type { ConnectionState } from './types.js';

/** A connection that lasted so long, in milliseconds, was a good one. */
const GOOD = 10_000;
/** An entry that was made longer ago, in milliseconds, has come to every socket that goes anywhere. */
const DEAF = 8_000;
/** Hidden for longer, a page's connection may be dead without knowing. */
const LONG_HIDDEN = 30_000;

export interface LinePort {
  auth(): Promise<Record<string, unknown>>;
  /** The server did not take the token. @throws ChatError where there is no other */
  renew(): Promise<void>;
  /** `connection` has changed. */
  changed(): void;
  /** @param recovered whether nothing can have been missed */
  up(recovered: boolean): void;
  down(): void;
  /** It will not be let in. */
  refused(error: ChatError): void;
  event(name: string, payload: unknown): void;
  /** The network, or the page, may be back. */
  wake(): void;
  /** Whether what this page knows is still so. */
  check(): void;
}

/**
 * The connection to the gateway, and the truth about it. The socket comes back by itself after a loss; this brings it back
 * where it does not (the server ended it, a token was over), and does not trust it where a browser hides a loss.
 */
export class Line {
  connection: ConnectionState = 'idle';
  #socket: ChatSocket | undefined;
  #repeater: Repeater;
  #end: (() => void)[] = [];
  #isRenewed = false;
  #kicks = 0;
  #upSince = 0;
  #hiddenSince = Infinity;
  #endExpecting: (() => void) | undefined;

  constructor(
    private readonly env: Environment,
    private readonly gateway: string,
    private readonly port: LinePort,
  ) {
    this.#repeater = new Repeater(env);
  }

  open(): void {
    if (this.#socket) return;
    this.#repeater = new Repeater(this.env);
    this.#set('connecting');
    this.#end = [
      this.env.listen('offline', () => this.#down()),
      this.env.listen('online', () => this.#again()),
      this.env.listen('hidden', () => (this.#hiddenSince = this.env.now())),
      this.env.listen('visible', () => this.#visible()),
    ];
    this.#socket = this.env.connect(this.gateway, {
      auth: () => this.port.auth(),
      connected: (recovered) => {
        this.#isRenewed = false;
        this.#upSince = this.env.now();
        this.#set('online');
        this.port.wake();
        this.port.up(recovered);
      },
      disconnected: (kicked) => {
        this.#down();
        if (kicked) void this.#comeBack();
      },
      refused: (message, data) => {
        this.#down();
        void this.#refused(refusalOf(message, data));
      },
      event: (name, payload) => this.port.event(name, payload),
    });
  }

  emit(name: string, payload: object): void {
    if (this.connection === 'online') this.#socket?.emit(name, payload);
  }

  /** An entry is in the log that the socket has to bring: one that does not goes nowhere, and would find out by its heartbeat alone. */
  expect(isHeard: () => boolean): void {
    this.#endExpecting ??= this.env.timer(() => {
      this.#endExpecting = undefined;
      if (this.connection === 'online' && !isHeard()) this.#again();
    }, DEAF);
  }

  close(): void {
    this.#repeater.stop();
    for (const end of this.#end) end();
    this.#end = [];
    this.#socket?.close();
    this.#socket = undefined;
    this.#set('idle');
  }

  #again(): void {
    this.#socket?.reconnect();
    this.port.wake();
  }

  #visible(): void {
    const hiddenFor = this.env.now() - this.#hiddenSince;
    this.#hiddenSince = Infinity;
    if (this.connection !== 'online') return this.#again();
    this.port.wake();
    if (hiddenFor > LONG_HIDDEN) this.port.check();
  }

  async #refused(error: ChatError): Promise<void> {
    const repeater = this.#repeater;
    try {
      if (error.code !== 'unauthenticated' || this.#isRenewed) throw error;
      this.#isRenewed = true;
      await repeater.run(() => this.port.renew());
      if (!repeater.signal.aborted) this.#socket?.reconnect();
    } catch (refusal) {
      if (!repeater.signal.aborted) this.port.refused(refusal instanceof ChatError ? refusal : error);
    }
  }

  /** The server ended it: a token that is over, a server that goes down. More slowly each time that it does so at once. */
  async #comeBack(): Promise<void> {
    if (this.env.now() - this.#upSince > GOOD) this.#kicks = 0;
    try {
      this.#kicks = await this.#repeater.pause(this.#kicks, 0);
      this.#socket?.reconnect();
    } catch {
      // Stopped.
    }
  }

  #down(): void {
    if (this.connection === 'online') this.port.down();
    this.#set('offline');
  }

  #set(connection: ConnectionState): void {
    if (this.connection === connection) return;
    // Of another connection nothing was expected yet.
    this.#endExpecting?.();
    this.#endExpecting = undefined;
    this.connection = connection;
    this.port.changed();
  }
}
