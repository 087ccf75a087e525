import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'vitest';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import { toNodeHandler } from '../../../src/runtime/node-http.ts';
import { intakeProxy, type ServeProxy } from '../../contract/intake-proxy.ts';

const inProcess: ServeProxy = async (options) => {
  const proxy = createIntakeProxy(options);
  return { send: (path, init) => proxy.fetch(new Request(`http://proxy.test${path}`, init)), close: async () => {} };
};

const overTheWire: ServeProxy = async (options) => {
  const server = createServer(toNodeHandler(createIntakeProxy(options).fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    send: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

for (const [name, serve] of [
  ['in process', inProcess],
  ['over node:http', overTheWire],
] as const) {
  describe(name, () => {
    for (const [what, run] of Object.entries(intakeProxy(serve))) test(what, run);
  });
}
