import { expect, test } from 'vitest';
import { cacheDedupe, type DedupeCache } from '../../../src/proxy/dedupe-cache.ts';
import type { Outcome } from '../../../src/proxy/upstream/upstream.ts';

function setUp(over: Partial<DedupeCache> = {}) {
  const entries = new Map<string, Response>();
  const runs: string[] = [];
  const cache: DedupeCache = {
    match: async (url) => entries.get(url),
    put: async (url, response) => void entries.set(url, response),
    ...over,
  };
  const dedupe = cacheDedupe(cache);
  const once = (key: string, outcome: Outcome = { status: 'ok' }): Promise<Outcome> =>
    dedupe.once(key, async () => {
      runs.push(key);
      return outcome;
    });
  return { entries, runs, once };
}

test('what was taken is in the cache for an hour, what was not is not', async () => {
  const { entries, once, runs } = setUp();
  await once('a.1', { status: 'retry', code: 'x' });
  await once('a.1', { status: 'rejected', code: 'x' });
  expect(entries.size).toBe(0);
  await once('a.1');
  expect(await once('a.1')).toEqual({ status: 'ok' });
  expect(runs).toHaveLength(3);
  expect([...entries].map(([url, response]) => [url, response.headers.get('cache-control')])).toEqual([
    ['https://dedupe.invalid/a.1', 'max-age=3600'],
  ]);
});

test('a cache that fails lets batches through', async () => {
  const failing = async () => Promise.reject(new Error('no cache'));
  const { once } = setUp({ match: failing, put: failing });
  expect(await once('a.1')).toEqual({ status: 'ok' });
});

test('what is settled later is remembered then', async () => {
  const { once, entries } = setUp();
  let settle = (_: Outcome): void => {};
  const settled = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  const outcome = await once('a.1', { status: 'retry', code: 'x', settled });
  expect(entries.size).toBe(0);
  settle({ status: 'ok' });
  await (outcome as { settled?: Promise<Outcome> }).settled;
  expect(entries.size).toBe(1);
});
