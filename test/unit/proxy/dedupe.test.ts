import { expect, test } from 'vitest';
import { createMemoryDedupe } from '../../../src/proxy/dedupe.ts';
import type { Outcome } from '../../../src/proxy/upstream/upstream.ts';

const ok = async (): Promise<Outcome> => ({ status: 'ok' });
const setUp = (over = {}) => {
  const clock = { millis: 1_000 };
  const dedupe = createMemoryDedupe({ ttlMillis: 100, maxBytes: 1_000_000, waitMillis: 20, now: () => clock.millis, ...over });
  const runs: string[] = [];
  const once = (key: string, run: () => Promise<Outcome> = ok) =>
    dedupe.once(key, () => {
      runs.push(key);
      return run();
    });
  return { dedupe, clock, once, runs };
};

test('a batch that was taken is not run again until it is forgotten', async () => {
  const { clock, once, runs } = setUp();
  await once('a');
  expect(await once('a')).toEqual({ status: 'ok' });
  expect(runs).toEqual(['a']);
  clock.millis += 100;
  expect(await once('a')).toEqual({ status: 'ok' });
  expect(runs).toEqual(['a']);
  clock.millis += 18;
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

test('a first that was cut off with its request blocks its batch for 45 s, no longer; nor does what was settled later', async () => {
  const { clock, once, runs } = setUp({ ttlMillis: 3_600_000 });
  void once('a', () => new Promise(() => {}));
  await once('b', async () => ({ status: 'retry', code: 'down', settled: new Promise<Outcome>(() => {}) }));
  clock.millis += 44_999;
  expect(await Promise.all([once('a'), once('b')])).toEqual(Array(2).fill({ status: 'retry', code: 'in_flight' }));
  clock.millis += 1;
  expect(await Promise.all([once('a'), once('b')])).toEqual(Array(2).fill({ status: 'ok' }));
  expect(runs).toEqual(['a', 'b', 'a', 'b']);
});

test("one that ends after its time lets nobody else's hold go", async () => {
  const { clock, once, runs } = setUp({ ttlMillis: 3_600_000 });
  let end = (_: Outcome): void => {};
  const first = once(
    'a',
    () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  );
  clock.millis += 45_000;
  void once('a', () => new Promise(() => {}));
  end({ status: 'retry', code: 'x' });
  await first;
  expect(await once('a')).toEqual({ status: 'retry', code: 'in_flight' });
  expect(runs).toEqual(['a', 'a']);
});

test('the oldest are forgotten when there are too many, and that is said', async () => {
  const { dedupe, clock, once, runs } = setUp({ maxBytes: 16_000 });
  let forgottenCount = 0;
  dedupe.reportTo({ forgotten: (count) => (forgottenCount += count) });
  await once('first');
  for (let count = 0; count < 2_000; count++) {
    if (count % 100 === 0) clock.millis += 1;
    await once(`k${count}`);
  }
  expect(forgottenCount).toBeGreaterThan(100);
  expect(runs).toHaveLength(2_001);
  await once('k1999');
  expect(runs).toHaveLength(2_001);
  await once('first');
  expect(runs.at(-1)).toBe('first');
});

test('what goes on in the background holds its batch until it is settled', async () => {
  const { once, runs } = setUp();
  let settle = (_: Outcome): void => {};
  const settled = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  const first = await once('a', async () => ({ status: 'retry', code: 'down', settled }));
  expect(first).toMatchObject({ status: 'retry', code: 'down' });
  expect(await once('a')).toEqual({ status: 'retry', code: 'in_flight' });
  const second = once('a');
  settle({ status: 'ok' });
  expect(await second).toEqual({ status: 'ok' });
  expect(await once('a')).toEqual({ status: 'ok' });
  expect(runs).toEqual(['a']);
});

test('and lets it go where it failed', async () => {
  const { once, runs } = setUp();
  const lost: Outcome = { status: 'retry', code: 'down' };
  const first = await once('a', async () => ({ ...lost, settled: Promise.resolve(lost) }));
  await (first as { settled?: Promise<Outcome> }).settled;
  await Promise.resolve();
  expect(await once('a')).toEqual({ status: 'ok' });
  expect(runs).toEqual(['a', 'a']);
});
