import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIntakeProxy, toNodeHandler } from 'edgespan/proxy';
import type { ServeProxy } from './intake-proxy.ts';

/** Serves a proxy over the wire by `node:http`, on Node and Bun. */
export const serveWithNodeHttp: ServeProxy = async (options) => {
  const server = createServer(toNodeHandler(createIntakeProxy(options).fetch)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    send: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
