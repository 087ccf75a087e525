import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import { objectRateLimiter, RateLimitObject } from '../../../src/proxy/rate-limit-object.ts';
import { fakeAbortTimeout } from './fake-abort-timeout.ts';

/** One that no test fakes. */
const { setImmediate } = globalThis;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const cost = (requests: number, spans = 0, bytes = 0) => ({ requests, spans, bytes });

/** A namespace whose objects are real, and what it was asked. */
function createNamespace() {
  const objects = new Map<string, RateLimitObject>();
  const asked: string[] = [];
  let answer = (name: string, url: string, init: RequestInit): Promise<Response> => {
    const object = objects.get(name) ?? new RateLimitObject();
    objects.set(name, object);
    return object.fetch(new Request(url, init));
  };
  return {
    objects,
    asked,
    answerWith: (instead: typeof answer) => {
      answer = instead;
    },
    idFromName: (name: string) => name,
    get: (name: string) => ({
      fetch: (url: string, init: RequestInit) => {
        asked.push(`${init.body}`);
        return answer(name, url, init);
      },
    }),
  };
}

test('two isolates share one bucket of requests, spans and bytes, which fills again', async () => {
  for (const [limits, one] of [
    [{ requests: 10 }, cost(1, 1, 1)],
    [{ spans: 100 }, cost(1, 10, 1)],
    [{ bytes: 1_000 }, cost(1, 1, 100)],
  ] as const) {
    const namespace = createNamespace();
    const [first, second] = [objectRateLimiter(namespace, limits), objectRateLimiter(namespace, limits)];
    for (let count = 0; count < 5; count++) expect([await first('a', one), await second('a', one)]).toEqual([0, 0]);
    expect([await first('a', one), await second('a', one)]).toEqual([1, 1]);
    expect(await second('b', one), 'another sender').toBe(0);
    vi.advanceTimersByTime(1_000);
    expect([await first('a', one), await second('a', one)]).toEqual([0, 1]);
    vi.advanceTimersByTime(10_000);
    for (let count = 0; count < 5; count++) expect([await first('a', one), await second('a', one)]).toEqual([0, 0]);
    expect(namespace.objects.size).toBe(2);
  }
});

test('a batch costs one request to the object: what was let through before the body is told with it', async () => {
  const namespace = createNamespace();
  const limit = objectRateLimiter(namespace);
  for (let count = 0; count < 10; count++) {
    expect(await limit('address 10.0.0.7', cost(1))).toBe(0);
    expect(await limit('address 10.0.0.7', cost(0, 50, 4_000))).toBe(0);
  }
  expect(namespace.asked.map((text) => JSON.parse(text).cost)).toEqual(Array(10).fill(cost(1, 50, 4_000)));
});

test('requests that never come to a payload are told by twentieths, so that no isolate hides them', async () => {
  const namespace = createNamespace();
  const isolates = Array.from({ length: 4 }, () => objectRateLimiter(namespace, { requests: 100 }));
  let passed = 0;
  for (let count = 0; count < 100; count++) for (const limit of isolates) if ((await limit('a', cost(1))) === 0) passed++;
  // At most what four isolates had not told yet above the shared hundred.
  expect(passed).toBeGreaterThanOrEqual(100);
  expect(passed).toBeLessThanOrEqual(120);
  expect(namespace.asked.length).toBeLessThanOrEqual(24);
});

test('what the object refused is refused without asking until then, and what the isolate refuses is never asked', async () => {
  const namespace = createNamespace();
  const limit = objectRateLimiter(namespace, { spans: 100 });
  const other = objectRateLimiter(namespace, { spans: 100 });
  expect([await other('a', cost(1, 60)), await limit('a', cost(1, 60))]).toEqual([0, 2]);
  for (let count = 0; count < 5; count++) expect(await limit('a', cost(1))).toBe(2);
  expect(namespace.asked).toHaveLength(2);
  expect(await other('a', cost(1, 60))).toBe(2);
  expect(namespace.asked).toHaveLength(2);
  vi.advanceTimersByTime(2_001);
  expect(await limit('a', cost(1, 1))).toBe(0);
});

test('names are digests: no address and no holder in clear', async () => {
  const namespace = createNamespace();
  const limit = objectRateLimiter(namespace);
  await limit('address 10.0.0.7', cost(1, 1));
  await limit('holder user 7', cost(1, 1));
  expect([...namespace.objects.keys()].every((name) => /^[0-9a-f]{64}$/.test(name))).toBe(true);
  expect(namespace.objects.size).toBe(2);
});

test.each([
  ['throws', () => Promise.reject(new Error('overloaded'))],
  ['throws at once', () => expect.fail('gone') as never],
  ['answers with no number', async () => new Response('<html>', { status: 500 })],
  ['answers with less than nothing', async () => new Response('-1')],
])('an object that %s: the isolate decides, said once, asked again after a pause', async (_, broken) => {
  const namespace = createNamespace();
  const said: ProxyLogEntry[] = [];
  const limit = objectRateLimiter(namespace, { requests: 10 }, (entry) => said.push(entry));
  namespace.answerWith(broken);
  for (let count = 0; count < 10; count++) expect(await limit('a', cost(1, 1))).toBe(0);
  expect(await limit('a', cost(1, 1)), 'the bucket of the isolate').toBe(1);
  expect(namespace.asked).toHaveLength(1);
  vi.advanceTimersByTime(5_001);
  await limit('a', cost(1, 1));
  expect(namespace.asked).toHaveLength(2);
  expect(JSON.parse(namespace.asked[1]!).cost, 'what was let through meanwhile').toEqual(cost(10, 10));
  expect(said.map(({ event }) => event)).toEqual(['rate_limit_unanswered']);
  vi.advanceTimersByTime(60_000);
  await limit('a', cost(1, 1));
  expect(said[1]).toMatchObject({ event: 'rate_limit_unanswered', repeated: 1 });
});

test('an object that hangs is waited for one second, once', async () => {
  fakeAbortTimeout();
  const namespace = createNamespace();
  const limit = objectRateLimiter(namespace, {}, () => {});
  namespace.answerWith(
    (_name, _url, init) => new Promise((_, reject) => init.signal!.addEventListener('abort', () => reject(init.signal!.reason as Error))),
  );
  let isOver = false;
  const first = Promise.resolve(limit('a', cost(1, 1))).finally(() => {
    isOver = true;
  });
  // A digest is made by a thread of the host's.
  while (namespace.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await first).toBe(0);
  expect(await limit('a', cost(1, 1)), 'at once, as no time passes any more').toBe(0);
  expect(namespace.asked).toHaveLength(1);
});
