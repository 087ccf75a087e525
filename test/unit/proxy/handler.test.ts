import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
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

test('an operator’s function that throws costs the request, is said by kind and counted', async () => {
  const entries: object[] = [];
  const secret = '0123456789abcdef';
  const proxy = createIntakeProxy({
    upstream: async () => ({ status: 'ok' }),
    allowOrigins: ['https://shop.example'],
    auth: 'none',
    metricsSecret: secret,
    clientAddress(request) {
      if (request.method === 'POST') throw new RangeError('canary');
      return '10.0.0.1';
    },
    log: (entry) => entries.push(entry),
  });
  const answer = await proxy.fetch(new Request('http://proxy.test/t', { method: 'POST', headers: { Origin: 'https://shop.example' } }));
  expect([answer.status, await answer.json()]).toEqual([503, { error: 'internal_error' }]);
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  expect(entries).toEqual([{ level: 'error', event: 'internal_error', code: 'RangeError' }]);
  const headers = { Authorization: `Bearer ${secret}` };
  const metrics = await (await proxy.fetch(new Request('http://proxy.test/metrics', { headers }))).text();
  expect(metrics).toContain('edgespan_requests_refused_total{code="internal_error"} 1\n');
});

test('an address that is none, as of a broken Host, is refused and no fault of ours', async () => {
  const entries: object[] = [];
  const options = { upstream: async () => ({ status: 'ok' }) as const, allowOrigins: [], auth: 'none', allowServers: true } as const;
  const proxy = createIntakeProxy({ ...options, log: (entry) => entries.push(entry) });
  const request = new Request('http://proxy.test/t', { method: 'POST', body: 'x' });
  Object.defineProperty(request, 'url', { value: 'http://a b/t' });
  expect((await proxy.fetch(request)).status).toBe(404);
  expect(entries).toEqual([]);
});
