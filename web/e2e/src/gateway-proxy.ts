import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Stands between a client and the gateway, and does what networks do. */
export class GatewayProxy {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  /** A proxy in some company's network: it lets no WebSocket through. */
  blocksWebSockets = false;
  /** While it is away nobody gets through. */
  isAway = false;
  /** What its clients have sent, of which the end is kept. */
  said = '';
  address = '';

  private constructor(gateway: URL) {
    this.#server = createServer((client) => {
      if (this.isAway) return client.destroy();
      const upstream = connect(Number(gateway.port), '127.0.0.1');
      for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
        this.#open.add(from);
        from.on('error', () => undefined);
        from.on('close', () => {
          this.#open.delete(from);
          to.destroy();
        });
      }
      client.on('data', (data) => {
        this.said = (this.said + data.toString('latin1')).slice(-10_000);
        if (this.blocksWebSockets && /^upgrade: *websocket/im.test(data.toString('latin1'))) client.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        else upstream.write(data);
      });
      upstream.on('data', (data) => client.write(data));
    });
  }

  static async before(gateway: string): Promise<GatewayProxy> {
    const proxy = new GatewayProxy(new URL(gateway));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.address = `http://127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`;
    return proxy;
  }

  /** Cuts every connection, without a word to either side's program. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  stop(): void {
    this.#server.close();
    this.cut();
  }
}
