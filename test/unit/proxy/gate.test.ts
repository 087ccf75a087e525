import { afterEach, expect, test, vi } from 'vitest';
import { formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import { mintToken } from '../../../src/proxy/mint-token.ts';
import type { AuthGrant, IntakeProxyOptions } from '../../../src/proxy/options.ts';
import type { RequestCost } from '../../../src/proxy/rate-limit-bucket.ts';
import { hmacTokens } from '../../../src/proxy/token.ts';
import { createTokenKey } from '../../../src/proxy/token-keys.ts';
import { browserSdkForward } from '../../../src/proxy/upstream/ddforward.ts';
import { batch } from './upstream/served.ts';

afterEach(() => {
  vi.useRealTimers();
});

const origin = 'https://shop.example';
const metricsSecret = '0123456789abcdef';

function setUp(over: Partial<IntakeProxyOptions> = {}) {
  const entries: ProxyLogEntry[] = [];
  const proxy = createIntakeProxy({
    upstream: async () => ({ status: 'ok' }),
    allowOrigins: [origin],
    auth: 'none',
    metricsSecret,
    log: (entry) => entries.push(entry),
    ...over,
  });
  let seq = 0;
  const send = (address: string, body: BodyInit, path = '/t') =>
    proxy.fetch(
      new Request(`http://proxy.test${path}`, { method: 'POST', body, headers: { Origin: origin }, duplex: 'half' } as RequestInit),
      undefined,
      {
        clientAddress: address,
      },
    );
  const good = (address: string) => {
    const { line, payload } = batch({ seq: seq++ });
    return send(address, Uint8Array.from([...new TextEncoder().encode(formatEnvelopeLine(line)), ...payload]));
  };
  const metrics = async () =>
    (await proxy.fetch(new Request('http://proxy.test/metrics', { headers: { Authorization: `Bearer ${metricsSecret}` } }))).text();
  return { entries, proxy, send, good, metrics };
}

/** Bodies that begin and do not go on until `end`. */
function slowBodies() {
  const ends: (() => void)[] = [];
  const body = (firstBytes = 1): ReadableStream => {
    let isOpen = true;
    return new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(firstBytes));
        ends.push(() => isOpen && controller.close());
      },
      cancel() {
        isOpen = false;
      },
    });
  };
  const end = (): void => {
    for (const close of ends) close();
  };
  return { body, end };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 10));
const codesOf = async (answers: Promise<Response>[]) => {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const { status } = await answer;
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
};

test('bodies that are slow to come take nobody’s place', async () => {
  const { send, good } = setUp({ maxInFlight: 50 });
  const { body, end } = slowBodies();
  const slow = Array.from({ length: 50 }, () => send('10.0.0.1', body()));
  await settled();
  expect((await good('10.0.0.2')).status).toBe(202);
  expect((await good('10.0.0.1')).status).toBe(202);
  end();
  expect(await codesOf(slow)).toEqual({ 400: 50 });
});

test('one address may let 64 bodies wait, 8 once half of all places are taken, and is told to come again', async () => {
  const { send, good } = setUp({ rateLimit: 'none', maxInFlight: 1_000 });
  const { body, end } = slowBodies();
  const slow = Array.from({ length: 70 }, () => send('10.0.0.1', body()));
  await settled();
  const busy = await good('10.0.0.1');
  expect([busy.status, await busy.text(), busy.headers.get('retry-after')]).toEqual([503, '{"error":"busy"}', '1']);
  expect((await good('10.0.0.2')).status).toBe(202);
  for (let address = 2; address <= 40; address++) for (let count = 0; count < 64; count++) slow.push(send(`10.0.0.${address}`, body()));
  await settled();
  expect((await good('10.0.1.1')).status).toBe(202);
  end();
  // Seven addresses with 64 and one with 52 make 500; 8 each of the 32 others.
  expect((await codesOf(slow))[400]).toBe(500 + 32 * 8);
});

test('all bodies together hold 64 MiB', async () => {
  const { send } = setUp({ rateLimit: 'none', maxInFlight: 200, browserSdk: async () => ({ status: 202 }) });
  const { body, end } = slowBodies();
  const slow = Array.from({ length: 100 }, (_, index) => send(`10.0.0.${index}`, body(1_000_000), '/t?ddforward=/x'));
  await settled();
  end();
  expect(await codesOf(slow)).toEqual({ 202: 67, 503: 33 });
});

test('what is passed on for another SDK is one of the requests in flight, its bytes are charged, all of it is counted and said', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const browserSdk = async () => {
    await held;
    return { status: 202 };
  };
  const { send, metrics, entries } = setUp({ maxInFlight: 10, browserSdk });
  const megabyte = new Uint8Array(1_000_000);
  const answers = Array.from({ length: 20 }, (_, index) => send(`10.0.1.${index}`, megabyte, '/t?ddforward=/x'));
  await settled();
  release();
  expect(await codesOf(answers)).toEqual({ 202: 5, 503: 15 });
  for (let count = 0; count < 11; count++) expect((await send('10.0.0.1', megabyte, '/t?ddforward=/x')).status).toBe(202);
  const over = await send('10.0.0.1', megabyte, '/t?ddforward=/x');
  expect([over.status, await over.text()]).toEqual([429, '{"error":"rate_limited"}']);
  const text = await metrics();
  expect(text).toContain('edgespan_requests_forwarded_total{status="202"} 16\n');
  expect(text).toContain('edgespan_requests_refused_total{code="busy"} 15\n');
  expect(text).toContain('edgespan_requests_refused_total{code="rate_limited"} 1\n');
  expect(entries.map(({ event, code, limit }) => [event, code, limit])).toEqual([
    ['refused', 'busy', undefined],
    ['refused', 'rate_limited', 'address'],
  ]);
});

test('the Agent’s form is limited by address before anybody looks at its token', async () => {
  const asked: string[] = [];
  const { proxy } = setUp({
    auth: hmacTokens({ keys: createTokenKey('k1') }),
    agentForm: true,
    rateLimit: (key) => (asked.push(key) > 3 ? 9 : 0),
  });
  const knock = () =>
    proxy.fetch(
      new Request('http://proxy.test/v0.4/traces', { method: 'PUT', body: '[]', headers: { Authorization: 'Bearer a.b.c' } }),
      undefined,
      { clientAddress: '10.0.0.1' },
    );
  expect(await codesOf(Array.from({ length: 5 }, knock))).toEqual({ 401: 3, 429: 2 });
  expect(new Set(asked)).toEqual(new Set(['address 10.0.0.1']));
});

test('senders that nobody can tell apart share one limit, and that is said once; false is no sender to count', async () => {
  const { proxy, entries } = setUp({ rateLimit: { requests: 2 } });
  const send = () => proxy.fetch(new Request('http://proxy.test/t', { method: 'POST', body: '', headers: { Origin: origin } }));
  expect(await codesOf(Array.from({ length: 4 }, send))).toEqual({ 400: 2, 429: 2 });
  expect(entries.filter(({ event }) => event === 'no_client_address')).toHaveLength(1);
  const trusting = setUp({ rateLimit: { requests: 2 }, clientAddress: () => false });
  expect(await codesOf(Array.from({ length: 4 }, () => trusting.send('', '')))).toEqual({ 400: 4 });
  expect(trusting.entries.some(({ event }) => event === 'no_client_address')).toBe(false);
});

test('a forward’s target is judged before its body is read, so that a forged one holds nothing', async () => {
  const browserSdk = browserSdkForward({ clientTokens: [`pub${'a'.repeat(32)}`], fetch: async () => new Response(null, { status: 202 }) });
  const { send, good } = setUp({ browserSdk });
  const { body, end } = slowBodies();
  const slow = Array.from({ length: 64 }, () => send('10.0.0.1', body(1_048_576), '/t?ddforward=/nope'));
  await settled();
  expect((await good('10.0.0.2')).status).toBe(202);
  expect(await codesOf(slow)).toEqual({ 403: 64 });
  end();
});

test('one address may let 8 MiB wait, and 1 MiB once half of all is taken', async () => {
  const { send } = setUp({ rateLimit: 'none', browserSdk: async () => ({ status: 202 }) });
  const { body, end } = slowBodies();
  const slow = Array.from({ length: 20 }, () => send('10.0.0.1', body(1_000_000), '/t?ddforward=/x'));
  await settled();
  for (let address = 2; address <= 4; address++) {
    for (let count = 0; count < 8; count++) slow.push(send(`10.0.0.${address}`, body(1_048_576), '/t?ddforward=/x'));
    await settled();
  }
  const crowded = [5, 5, 6].map((address) => send(`10.0.0.${address}`, body(1_048_576), '/t?ddforward=/x'));
  await settled();
  end();
  expect(await codesOf(slow)).toEqual({ 202: 8 + 24, 503: 12 });
  expect(await codesOf(crowded)).toEqual({ 202: 2, 503: 1 });
});

test('places and bytes are counted by networks of 48 bits', async () => {
  const { send, good } = setUp({ rateLimit: 'none', maxInFlight: 1_000 });
  const { body, end } = slowBodies();
  const slow = Array.from({ length: 1_000 }, (_, index) => send(`2001:db8:0:${(index % 100).toString(16)}::1`, body(131_072)));
  await settled();
  expect((await good('2001:db8:1::1')).status).toBe(202);
  expect((await good('2001:db8:0:ffff::1')).status).toBe(503);
  end();
  expect(await codesOf(slow)).toEqual({ 400: 64, 503: 936 });
});

test.each([
  [
    'bodies that break off',
    () => new ReadableStream({ pull: (to) => (to.desiredSize === 1 ? to.enqueue(new Uint8Array(131_000)) : to.error()) }),
  ],
  ['bodies without a line', () => new Uint8Array(131_000)],
  ['bodies that are too long', () => new Blob([new Uint8Array(140_000)]).stream()],
])('%s are charged to the address', async (_, body) => {
  const nowMillis = Date.now();
  const { send, good } = setUp({ now: () => nowMillis });
  const counts: Record<number, number> = {};
  for (let count = 0; count < 200; count++) {
    const { status } = await send('10.0.0.1', body());
    counts[status] = (counts[status] ?? 0) + 1;
  }
  expect(counts[429]).toBeGreaterThan(100);
  expect((await good('10.0.0.2')).status).toBe(202);
});

test('honest batches are charged once: to the address, or to the holder that a token names', async () => {
  const asked: [string, RequestCost][] = [];
  const rateLimit = (key: string, cost: RequestCost): number => {
    asked.push([key, cost]);
    return 0;
  };
  const { good } = setUp({ rateLimit });
  await good('10.0.0.1');
  const { bytes } = asked[1]![1];
  expect(bytes).toBeGreaterThan(100);
  expect(asked).toEqual([
    ['address 10.0.0.1', { requests: 1, spans: 0, bytes: 0 }],
    ['address 10.0.0.1', { requests: 0, spans: 0, bytes }],
    ['address 10.0.0.1', { requests: 0, spans: 1, bytes: 0 }],
  ]);
  asked.length = 0;
  await setUp({ rateLimit, auth: () => ({ id: 'u' }) }).good('10.0.0.1');
  expect(asked).toEqual([
    ['address 10.0.0.1', { requests: 1, spans: 0, bytes: 0 }],
    ['holder u', { requests: 1, spans: 1, bytes }],
  ]);
  asked.length = 0;
  await setUp({ rateLimit, auth: () => ({ proof: 'p' }) }).good('10.0.0.1');
  expect(asked, 'who names no holder: what was shown, beside the address').toEqual([
    ['address 10.0.0.1', { requests: 1, spans: 0, bytes: 0 }],
    ['proof p', { requests: 1, spans: 1, bytes }],
    ['address 10.0.0.1', { requests: 0, spans: 0, bytes }],
    ['address 10.0.0.1', { requests: 0, spans: 1, bytes: 0 }],
  ]);
  asked.length = 0;
  await setUp({ rateLimit, auth: () => false }).good('10.0.0.1');
  expect(asked).toEqual([
    ['address 10.0.0.1', { requests: 1, spans: 0, bytes: 0 }],
    ['address 10.0.0.1', { requests: 0, spans: 0, bytes }],
  ]);
});

test('an intake of the Browser SDK that hangs takes half of the places, and keeps no batch out', async () => {
  let letGo = (): void => {};
  const hangs = new Promise<{ status: number }>((resolve) => {
    letGo = () => resolve({ status: 202 });
  });
  const { send, good } = setUp({ maxInFlight: 4, browserSdk: () => hangs });
  const forward = () => send('10.0.0.1', '{}', '/t?ddforward=%2Fapi%2Fv2%2Frum');
  const hanging = [forward(), forward()];
  await settled();
  const third = await forward();
  expect([third.status, await third.json()]).toEqual([503, { error: 'busy' }]);
  expect((await good('10.0.0.2')).status).toBe(202);
  letGo();
  expect(await codesOf(hanging)).toEqual({ 202: 2 });
  expect((await forward()).status, 'places come back').toBe(202);
});

test('functions of the operator’s own that never answer hold no place for ever', async () => {
  vi.useFakeTimers();
  const never = new Promise<never>(() => {});
  const { good, entries } = setUp({ maxInFlight: 2, auth: () => never });
  const asked = [good('10.0.0.1'), good('10.0.0.2')];
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await codesOf(asked)).toEqual({ 503: 2 });
  expect(entries[0]).toMatchObject({ event: 'internal_error', code: 'AuthTimeout' });

  const limited = setUp({ maxInFlight: 2, rateLimit: () => never });
  const batches = [limited.good('10.0.0.1'), limited.good('10.0.0.2')];
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await codesOf(batches)).toEqual({ 202: 2 });
});

test('a token that names no holder is limited from many addresses together', async () => {
  const keys = createTokenKey('k1');
  const { send } = setUp({ auth: hmacTokens({ keys }), rateLimit: { requests: 10 } });
  const token = await mintToken({ keys, origin });
  const statuses = await Promise.all(
    Array.from({ length: 40 }, (_, seq) => {
      const { line, payload } = batch({ seq, token });
      return send(`10.0.${seq}.1`, Uint8Array.from([...new TextEncoder().encode(formatEnvelopeLine(line)), ...payload]));
    }),
  );
  const counts = await codesOf(statuses.map(async (answer) => answer));
  expect(counts[202]).toBeGreaterThanOrEqual(10);
  expect(counts[429]).toBeGreaterThanOrEqual(25);
});

test('the log says whose limit it is, each once a minute; the answer says nothing of it, and nothing says the key', async () => {
  let full = '';
  let grant: AuthGrant = {};
  const { good, entries } = setUp({ rateLimit: (key) => (key.startsWith(full) ? 1 : 0), auth: () => grant });
  for (const limit of ['address', 'holder', 'proof', 'proof']) {
    full = limit;
    grant = limit === 'holder' ? { id: 'canary' } : { proof: 'canary' };
    const answer = await good('10.0.0.1');
    expect([answer.status, await answer.text()]).toEqual([429, '{"error":"rate_limited"}']);
  }
  expect(entries.map(({ code, limit }) => [code, limit])).toEqual(['address', 'holder', 'proof'].map((limit) => ['rate_limited', limit]));
  expect(JSON.stringify(entries)).not.toMatch(/canary|10\.0\.0/);
});
