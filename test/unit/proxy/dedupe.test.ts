import { expect, test } from 'vitest';
import { createMemoryDedupe } from '../../../src/proxy/dedupe.ts';
import type { Outcome } from '../../../src/proxy/upstream/upstream.ts';

const ok = async (): Promise<Outcome> => ({ status: 'ok' });
const setUp = (over = {}) => {
  const clock = { millis: 1_000 };
  const dedupe = createMemoryDedupe({ ttlMillis: 100, maxKeys: 3, waitMillis: 20, now: () => clock.millis, ...over });
  const runs: string[] = [];
  const once = (key: string, run: () => Promise<Outcome> = ok) =>
    dedupe.once(key, () => {
      runs.push(key);
      return run();
    });
  return { clock, once, runs };
};

test('a batch that was taken is not run again until it is forgotten', async () => {
  const { clock, once, runs } = setUp();
  await once('a');
  expect(await once('a')).toEqual({ status: 'ok' });
  expect(runs).toEqual(['a']);
  clock.millis += 101;
  await once('a');
  expect(runs).toEqual(['a', 'a']);
});

test('a batch that failed or was refused may come again', async () => {
  const { once, runs } = setUp();
  await once('a', async () => ({ status: 'retry', code: 'x' }));
  await once('a', async () => ({ status: 'rejected', code: 'x' }));
  await once('a');
  expect(runs).toEqual(['a', 'a', 'a']);
});

test('the second of two at once gets the outcome of the first', async () => {
  const { once, runs } = setUp();
  const outcome: Outcome = { status: 'retry', code: 'x' };
  expect(await Promise.all([once('a', async () => outcome), once('a')])).toEqual([outcome, outcome]);
  expect(runs).toEqual(['a']);
});

test('the second does not wait for ever for a first that never ends', async () => {
  const { once } = setUp();
  void once('a', () => new Promise(() => {}));
  expect(await once('a')).toEqual({ status: 'retry', code: 'in_flight' });
});

test('the oldest are forgotten when there are too many', async () => {
  const { once, runs } = setUp();
  for (const key of ['a', 'b', 'c', 'd']) await once(key);
  await once('b');
  await once('a');
  expect(runs).toEqual(['a', 'b', 'c', 'd', 'a']);
});
