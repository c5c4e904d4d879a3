import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Website {
  readonly address: string;
  stop(): void;
}

/** Somebody's website, on another origin than the chat, with a policy and a page of its own. */
export async function website(html: string, policy?: string): Promise<Website> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (policy !== undefined) response.setHeader('content-security-policy', policy);
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}/`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
