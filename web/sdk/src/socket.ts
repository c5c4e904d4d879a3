import { io } from 'socket.io-client';

export interface SocketHandlers {
  /** What is sent as `auth`: asked anew for each connection. */
  auth(): Promise<Record<string, unknown>>;
  /** @param recovered whether the server goes on from the last event of the connection before. */
  connected(recovered: boolean): void;
  /** @param kicked whether it was the server's wish; then the socket does not come back by itself. */
  disconnected(kicked: boolean): void;
  /**
   * The server does not let it in; the socket does not come back by itself.
   * @param data what the CONNECT_ERROR says beside its words: `{ code }`
   */
  refused(message: string, data: unknown): void;
  event(name: string, payload: unknown): void;
}

/** All that is needed of a socket. */
export interface ChatSocket {
  /** Best effort: nothing is kept for later while it is not connected. */
  emit(name: string, payload: unknown): void;
  /** Drops the connection, if there is one, and makes a new one at once. */
  reconnect(): void;
  close(): void;
}

export type Connect = (gateway: string, handlers: SocketHandlers) => ChatSocket;

/** Over the official client: WebSocket first, which needs no sticky sessions, and polling where there is no way through. */
export const connectSocket: Connect = (gateway, handlers) => {
  const url = new URL(gateway);
  const socket = io(`${url.protocol}//${url.host}`, {
    path: `${url.pathname.replace(/\/$/, '')}/socket.io/`,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    forceNew: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 10_000,
    auth: (give) => {
      handlers.auth().then(give, () => give({}));
    },
  });
  socket.on('connect', () => handlers.connected(socket.recovered));
  socket.on('disconnect', (reason) => {
    if (reason !== 'io client disconnect') handlers.disconnected(!socket.active);
  });
  socket.on('connect_error', (error) => {
    if (socket.active) return handlers.disconnected(false);
    handlers.refused(error.message, (error as { data?: unknown }).data);
  });
  socket.onAny((name: string, payload: unknown) => handlers.event(name, payload));
  return {
    emit: (name, payload) => void socket.volatile.emit(name, payload),
    reconnect: () => void socket.disconnect().connect(),
    close: () => {
      socket.off();
      socket.offAny();
      socket.disconnect();
    },
  };
};
