/** One connection of Engine.IO 4: packets of text, each way. */
export interface Connection {
  /** Does nothing where the connection is not open, or no more. */
  send(packet: string): void;
  /** Ends it; nothing is told of it any more. */
  close(): void;
}

export interface ConnectionHandlers {
  packet(packet: string): void;
  /** It is gone, or could not be made. Told once. */
  closed(): void;
}

/** @param address of the gateway, without the transport */
export type Open = (address: URL, on: ConnectionHandlers) => Connection;

/** Packets of one long-polling body stand between these. */
const SEPARATOR = '\x1e';

const withTransport = (address: URL, transport: string): URL => {
  const whole = new URL(address);
  whole.searchParams.set('transport', transport);
  return whole;
};

export const openWebSocket: Open = (address, on) => {
  const whole = withTransport(address, 'websocket');
  whole.protocol = whole.protocol.replace('http', 'ws');
  const socket = new WebSocket(whole);
  socket.onmessage = ({ data }) => on.packet(String(data));
  socket.onclose = () => on.closed();
  return {
    send(packet) {
      if (socket.readyState === WebSocket.OPEN) socket.send(packet);
    },
    close() {
      socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
};

/** Long polling: one GET waits for what comes, and one POST at a time brings what goes. */
export const openPolling: Open = (address, on) => {
  const whole = withTransport(address, 'polling');
  const stop = new AbortController();
  const { signal } = stop;
  let waiting: string[] = [];
  let isSending = false;
  poll().catch(failed);

  return {
    send(packet) {
      waiting.push(packet);
      if (isSending) return;
      isSending = true;
      // What is said at once goes at once, and what is said with the end goes with it.
      queueMicrotask(() => void send().catch(failed));
    },
    close() {
      stop.abort();
      // Also while the page goes, so that the server does not wait for a next poll.
      if (whole.searchParams.has('sid')) void post([...waiting, '1'], { keepalive: true }).catch(() => undefined);
    },
  };

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      const body = await ask({ signal });
      for (const packet of body.split(SEPARATOR)) {
        if (signal.aborted) return;
        if (packet.startsWith('0')) whole.searchParams.set('sid', (JSON.parse(packet.slice(1)) as { sid: string }).sid);
        on.packet(packet);
      }
    }
  }

  async function send(): Promise<void> {
    while (waiting.length && !signal.aborted) {
      const packets = waiting;
      waiting = [];
      await post(packets, { signal });
    }
    isSending = false;
  }

  function post(packets: readonly string[], how: RequestInit): Promise<string> {
    return ask({ method: 'POST', body: packets.join(SEPARATOR), ...how });
  }

  async function ask(how: RequestInit): Promise<string> {
    const answer = await fetch(whole, { cache: 'no-store', ...how });
    if (!answer.ok) throw new Error(`The gateway answered ${answer.status}.`);
    return answer.text();
  }

  function failed(): void {
    if (signal.aborted) return;
    stop.abort();
    on.closed();
  }
};
