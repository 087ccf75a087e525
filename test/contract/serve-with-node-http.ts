import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIntakeProxy, toNodeHandler } from 'edgespan/proxy';
import type { ServeProxy } from './intake-proxy.ts';

/** Serves a handler over the wire by `node:http`, on Node and Bun. */
export async function serveWithNodeHttp(
  handler: (request: Request) => Response | Promise<Response>,
): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer(toNodeHandler((request) => handler(request))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Serves a proxy in the same way. */
export const serveProxyWithNodeHttp: ServeProxy = async (options) => {
  const { origin, close } = await serveWithNodeHttp(createIntakeProxy(options).fetch);
  return { send: (path, init) => fetch(origin + path, init), close };
};
