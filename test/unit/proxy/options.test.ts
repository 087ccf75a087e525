import { expect, test } from 'vitest';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import { closedReason, type IntakeProxyOptions, resolveOptions } from '../../../src/proxy/options.ts';
import { consoleUpstream } from '../../../src/proxy/upstream/console.ts';

const good: IntakeProxyOptions = { upstream: consoleUpstream(), allowOrigins: ['https://shop.example'], auth: 'none' };

test.each([
  [{ upstream: undefined }, '`upstream` must be an upstream or a list of them'],
  [{ upstream: [] }, '`upstream` must be'],
  [{ allowOrigins: ['*'] }, '`allowOrigins` must be exact origins like https://shop.example, without path or wildcard: current value is *'],
  [{ allowOrigins: ['https://*.example'] }, '`allowOrigins`'],
  [{ allowOrigins: ['https://shop.example/'] }, '`allowOrigins`'],
  [{ allowOrigins: ['null'] }, '`allowOrigins`'],
  [{ allowOrigins: 'https://shop.example' }, '`allowOrigins` must be a list'],
  [{ auth: 'nobody' }, "`auth` must be 'none' or a function: current value is another text"],
  [{ path: 't' }, '`path` must be a path'],
  [{ path: '/a/../t' }, '`path` must be a path that begins with one /, without . or .. as a part: current value is /a/../t'],
  [{ path: '/./t' }, '`path` must be a path'],
  [{ path: '//t' }, '`path` must be a path'],
  [{ maxInFlight: 0 }, '`maxInFlight`'],
  [{ upstreamTimeoutMillis: Number.NaN }, '`upstreamTimeoutMillis`'],
] as const)('%j is said at once', (over, message) => {
  expect(() => createIntakeProxy({ ...good, ...over } as unknown as IntakeProxyOptions)).toThrow(message);
});

test('what is not given keeps the proxy closed, and is named', () => {
  const { allowOrigins: _a, ...withoutOrigins } = good;
  const { auth: _b, ...withoutAuth } = good;
  expect(closedReason(good)).toBeUndefined();
  expect(closedReason(withoutOrigins)?.option).toBe('allowOrigins');
  expect(closedReason(withoutAuth)?.option).toBe('auth');
  expect(closedReason({ ...good, allowOrigins: [] })?.option).toBe('allowOrigins');
  expect(closedReason({ ...good, allowOrigins: [], allowServers: true })).toBeUndefined();
  expect(closedReason({ ...good, allowOrigins: [], auth: () => true })).toBeUndefined();
});

test('defaults', () => {
  expect(resolveOptions(good)).toMatchObject({ path: '/t', allowServers: false, maxInFlight: 100, upstreamTimeoutMillis: 10_000 });
});

test('options as a function are asked once per env, and their misuse answers 503 instead of throwing', async () => {
  const asked: unknown[] = [];
  const proxy = createIntakeProxy((env: { origins: string[] }) => {
    asked.push(env);
    return { ...good, allowOrigins: env.origins, log: () => {} };
  });
  const [env, broken] = [{ origins: ['https://shop.example'] }, { origins: ['*'] }];
  const get = async (bindings: object) => (await proxy.fetch(new Request('http://proxy.test/healthz'), bindings)).status;
  expect([await get(env), await get(env), await get(broken), await get(broken)]).toEqual([200, 200, 503, 503]);
  expect(asked).toEqual([env, broken]);
});

test('more requests than may be in flight are told to come again', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let arrive = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const proxy = createIntakeProxy({
    ...good,
    maxInFlight: 1,
    log: () => {},
    auth: async () => {
      arrive();
      await gate;
      return false;
    },
  });
  const line =
    '{"v":1,"client":"0123456789abcdef0123456789abcdef","seq":1,"attempt":1,"sentAt":1,"enc":"identity","raw":2,"spans":1,"runtime":"node","lang":"javascript","tracer":"1","service":"a","env":"","version":""}\n[]';
  const send = () =>
    proxy.fetch(new Request('http://proxy.test/t', { method: 'POST', body: line, headers: { Origin: 'https://shop.example' } }));
  const first = send();
  await arrived;
  const second = await send();
  expect([second.status, await second.text(), second.headers.get('retry-after')]).toEqual([503, '{"error":"busy"}', '1']);
  release();
  expect((await first).status).toBe(401);
});
