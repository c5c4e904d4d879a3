import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

const limit = 10_000;

/** A gateway that says what a test makes it say, over WebSocket alone. */
export class ScriptedGateway {
  readonly #server: Server = createServer((_request, response) => response.writeHead(503).end());
  readonly #sockets = new WebSocketServer({ server: this.#server });
  readonly #came: ((connection: ScriptedConnection) => void)[] = [];
  address = '';
  connections = 0;

  static async start(): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway();
    gateway.#sockets.on('connection', (socket) => {
      gateway.connections++;
      gateway.#came.shift()?.(new ScriptedConnection(socket));
    });
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    gateway.address = `http://127.0.0.1:${(gateway.#server.address() as AddressInfo).port}`;
    return gateway;
  }

  /** The next client that comes. To be called before it does. */
  next(): Promise<ScriptedConnection> {
    return within('a connection', new Promise((resolve) => this.#came.push(resolve)));
  }

  stop(): void {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.close();
  }
}

export class ScriptedConnection {
  readonly #heard: string[] = [];
  readonly #wanted: ((packet: string) => void)[] = [];
  readonly ended: Promise<void>;

  constructor(private readonly socket: WebSocket) {
    this.ended = new Promise((resolve) => socket.on('close', () => resolve()));
    socket.on('message', (data) => {
      const packet = String(data);
      const wanted = this.#wanted.shift();
      if (wanted) wanted(packet);
      else this.#heard.push(packet);
    });
  }

  say(...packets: string[]): void {
    for (const packet of packets) this.socket.send(packet);
  }

  /** The next packet that the client sends. */
  hears(): Promise<string> {
    const heard = this.#heard.shift();
    return heard === undefined ? within('a packet', new Promise((resolve) => this.#wanted.push(resolve))) : Promise.resolve(heard);
  }

  /** Lets the client in. @returns what it gave as `auth` */
  async welcome(pid?: string, pingInterval = 25_000, pingTimeout = 20_000): Promise<Record<string, unknown>> {
    this.say(`0{"sid":"s","upgrades":[],"pingInterval":${pingInterval},"pingTimeout":${pingTimeout},"maxPayload":100000}`);
    const packet = await this.hears();
    this.say(`40${JSON.stringify({ sid: 's', ...(pid !== undefined && { pid }) })}`);
    return JSON.parse(packet.slice(2)) as Record<string, unknown>;
  }

  end(): void {
    this.socket.terminate();
  }
}

function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`There was no ${what} within ${limit} ms.`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
