import { expect, test } from 'vitest';
import { headerAddress, hostAddress, isHostInfo } from '../../../src/proxy/client-address.ts';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';

const request = (headers: Record<string, string> = {}) => new Request('http://proxy.test/', { headers });
const denoInfo = (hostname = '10.0.0.7') => ({ remoteAddr: { transport: 'tcp', hostname, port: 1 }, completed: Promise.resolve() });
const bunServer = (address: string | null) => ({ requestIP: () => (address === null ? null : { address, port: 1, family: 'IPv4' }) });

test('Deno’s facts and Bun’s server say the address, an environment does not', () => {
  expect(hostAddress(request(), denoInfo())).toBe('10.0.0.7');
  expect(hostAddress(request(), bunServer('10.0.0.8'))).toBe('10.0.0.8');
  expect(hostAddress(request(), bunServer(null))).toBeUndefined();
  expect(hostAddress(request(), { remoteAddr: { transport: 'unix', path: '/s' } })).toBeUndefined();
  for (const env of [undefined, null, 'x', {}, { remoteAddr: '10.0.0.9' }, { RATE_LIMIT: { limit() {} } }]) {
    expect([isHostInfo(env), hostAddress(request(), env)]).toEqual([false, undefined]);
  }
});

test('on Cloudflare, whose host alone sets `cf`, visitors are told apart; elsewhere the header is anybody’s', async () => {
  const from = (address: string, cf?: unknown) => {
    const asked = request({ 'CF-Connecting-IP': address });
    return cf === undefined ? asked : Object.defineProperty(asked, 'cf', { value: cf });
  };
  expect(hostAddress(from('10.0.0.1', { colo: 'FRA' }), { A: 'b' })).toBe('10.0.0.1');
  expect(hostAddress(Object.defineProperty(request(), 'cf', { value: {} }), {})).toBeUndefined();
  for (const cf of [undefined, null, 'x']) expect(hostAddress(from('10.0.0.1', cf), denoInfo())).toBe('10.0.0.7');
  const keys = new Set<string>();
  const proxy = createIntakeProxy({
    upstream: async () => ({ status: 'ok' }),
    allowOrigins: ['https://shop.example'],
    auth: 'none',
    rateLimit: (key) => {
      keys.add(key);
      return 0;
    },
    log: () => {},
  });
  for (const address of ['10.0.0.1', '10.0.0.2']) {
    const headers = { Origin: 'https://shop.example', 'CF-Connecting-IP': address };
    const asked = new Request('http://proxy.test/t', { method: 'POST', body: '', headers });
    await proxy.fetch(Object.defineProperty(asked, 'cf', { value: { colo: 'FRA' } }), {}, { waitUntil() {} });
  }
  expect([...keys]).toEqual(['address 10.0.0.1', 'address 10.0.0.2']);
});

test.each([
  ['10.0.0.1', 1, '10.0.0.1'],
  ['1.1.1.1, 10.0.0.1', 1, '10.0.0.1'],
  ['1.1.1.1,10.0.0.1,10.0.0.2', 2, '10.0.0.1'],
  ['10.0.0.1', 2, undefined],
  ['10.0.0.1:4711', 1, '10.0.0.1'],
  ['2001:db8::1', 1, '2001:db8::1'],
  ['[2001:db8::1]:4711', 1, '2001:db8::1'],
  ['::ffff:10.0.0.1', 1, '::ffff:10.0.0.1'],
  ['unknown', 1, undefined],
  ['', 1, undefined],
  ['10.0.0.1, ', 1, undefined],
])('%j behind %i proxies is %s', (value, proxyCount, address) => {
  expect(headerAddress('X-Forwarded-For', proxyCount)(request({ 'X-Forwarded-For': value }))).toBe(address);
});

test('options as a function are called once for all requests that come without an environment', async () => {
  const given: unknown[] = [];
  const proxy = createIntakeProxy((env) => {
    given.push(env);
    return { upstream: async () => ({ status: 'ok' }), allowOrigins: ['https://shop.example'], auth: 'none', log: () => {} };
  });
  for (const info of [denoInfo(), denoInfo(), bunServer('10.0.0.1'), null, undefined]) {
    expect((await proxy.fetch(new Request('http://proxy.test/healthz'), info)).status).toBe(200);
  }
  expect(given).toEqual([{}]);
  const env = { A: 'b' };
  for (let count = 0; count < 2; count++) await proxy.fetch(new Request('http://proxy.test/healthz'), env);
  expect(given).toEqual([{}, env]);
});
