import { expect, test } from 'vitest';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import { type Authenticate, closedReason, type IntakeProxyOptions, resolveOptions } from '../../../src/proxy/options.ts';
import { consoleUpstream } from '../../../src/proxy/upstream/console.ts';

const good: IntakeProxyOptions = { upstream: consoleUpstream(), allowOrigins: ['https://shop.example'], auth: 'none' };

test.each([
  [{ upstream: undefined }, '`upstream` must be an upstream or a list of them'],
  [{ upstream: [] }, '`upstream` must be'],
  [
    { allowOrigins: ['*'] },
    "`allowOrigins` must be a list of exact origins like https://shop.example, without path or wildcard: current value is ['*']",
  ],
  [{ allowOrigins: ['https://*.example'] }, '`allowOrigins`'],
  [{ allowOrigins: ['https://shop.example/'] }, '`allowOrigins`'],
  [{ allowOrigins: ['null'] }, '`allowOrigins`'],
  [{ allowOrigins: 'https://shop.example' }, '`allowOrigins` must be a list'],
  [{ auth: 'nobody' }, "`auth` must be 'none' or a function: current value is a text of 6 characters"],
  [{ path: 't' }, '`path` must be a path'],
  [{ path: '/a/../t' }, "`path` must be a path that begins with one /, without . or .. as a part: current value is '/a/../t'"],
  [{ path: '/./t' }, '`path` must be a path'],
  [{ path: '//t' }, '`path` must be a path'],
  [{ maxInFlight: 0 }, '`maxInFlight`'],
  [{ upstreamTimeoutMillis: Number.NaN }, '`upstreamTimeoutMillis`'],
  [{ upstreamTimeoutMillis: 1500.5 }, '`upstreamTimeoutMillis` must be a whole number within 1..2147483647: current value is 1500.5'],
  [{ upstreamTimeoutMillis: '5000' }, "current value is '5000'"],
  [{ allowServers: 'true' }, "`allowServers` must be true or false: current value is 'true'"],
  [{ agentForm: 'false' }, '`agentForm`'],
  [{ clientAddress: 'x-real-ip' }, "`clientAddress` must be a function from a request to an address: current value is 'x-real-ip'"],
  [{ spool: Promise.resolve({}) }, 'current value is a promise: await it'],
  [{ dedupe: {} }, '`dedupe`'],
  [{ redact: true }, '`redact`'],
  [{ redact: { patterns: [/a/] } }, '`redact`'],
  [
    { enrich: { useragent: true } },
    '`enrich` must be of clock, userAgent, cloudflare and address, each true or false: current value is an object of useragent',
  ],
  [{ rateLimit: { request: 5 } }, '`rateLimit`'],
  [{ rateLimit: 5 }, '`rateLimit`'],
  [{ browserSdk: {} }, '`browserSdk` must be a function: browserSdkForward(…): current value is an object of nothing'],
  [{ metricsSecret: 'canary' }, '`metricsSecret` must be a text of at least 16 characters: current value is a text of 6 characters'],
  [{ log: 'x' }, '`log` must be a function'],
  [{ allowOrigin: [] }, '`allowOrigin` is none of its options'],
] as const)('%j is said at once', (over, message) => {
  expect(() => createIntakeProxy({ ...good, ...over } as unknown as IntakeProxyOptions)).toThrow(message);
});

test('no options at all are said as such', () => {
  expect(() => createIntakeProxy(undefined as never)).toThrow('options must be an object: current value is undefined');
});

test.each([
  ['a text', 'yes'],
  ['an answer', new Response(null, { status: 401 })],
  ['an error', new Error('no')],
  ['a word of its own', { ok: false }],
  ['a list', []],
  ['a number', 5],
  ['a map', new Map()],
])('%s is no grant: nobody is let in by it', async (_, verdict) => {
  const auth = resolveOptions({ ...good, auth: () => verdict as never }).auth as Authenticate;
  await expect(async () => auth(new Request('http://proxy.test/t'), {} as never)).rejects.toMatchObject({ name: 'AuthVerdict' });
});

test('a grant is read by the fields it has; one of a wrong kind is named in the log, further ones are nobody’s', async () => {
  const of = async (verdict: object) =>
    (resolveOptions({ ...good, auth: () => verdict as never }).auth as Authenticate)(new Request('http://proxy.test/t'), {} as never);
  class Session {
    readonly id = 'u';
    readonly plan = 'pro';
  }
  expect([await of(new Session()), await of({ id: 'u', plan: 'pro' }), await of({})]).toEqual([{ id: 'u' }, { id: 'u' }, {}]);
  await expect(of({ id: 5, service: 'shop' })).rejects.toMatchObject({ name: 'AuthVerdict id' });
});

test('what is no word for yes is no', async () => {
  for (const verdict of [false, undefined, null, 0, '', Number.NaN]) {
    const auth = resolveOptions({ ...good, auth: () => verdict as never }).auth as Authenticate;
    expect(await auth(new Request('http://proxy.test/t'), {} as never)).toBe(false);
  }
  const grant = { id: 'session', service: 'shop', isServer: undefined };
  const auth = resolveOptions({ ...good, auth: () => grant as never }).auth as Authenticate;
  expect(await auth(new Request('http://proxy.test/t'), {} as never)).toEqual(grant);
});

test('a clock of fractions is read in whole milliseconds, as what keeps a batch reads them', () => {
  expect(resolveOptions({ ...good, now: () => 1_795_477_916_860.25 }).now()).toBe(1_795_477_916_860);
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
