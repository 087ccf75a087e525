import { expect, test } from 'vitest';
import { createFaults } from '../../../src/proxy/faults.ts';
import type { Retry } from '../../../src/proxy/upstream/upstream.ts';
import { batch } from './upstream/served.ts';

const failure: Retry = { status: 'retry', code: 'upstream_500' };
const good = batch({ seq: 0 });
const bad = batch({ seq: 1 });
const dayMillis = 86_400_000;

test('where nothing is taken, no batch is to blame', () => {
  const faults = createFaults(() => bad.receivedAtMillis + dayMillis);
  for (let count = 0; count < 100; count++) {
    expect(faults.judge(bad, failure, count > 50)).toEqual(failure);
    expect(faults.isSuspect(bad)).toBe(false);
  }
});

test('one that fails each time others were taken since is tried ever more rarely, and given up when it is a day old', () => {
  let nowMillis = bad.receivedAtMillis;
  const faults = createFaults(() => nowMillis);
  const next = (): unknown => {
    faults.taken(good);
    return faults.judge(bad, failure, false);
  };
  expect(next()).toEqual(failure);
  const pauses = Array.from({ length: 8 }, () => (next() as Retry).afterMillis);
  expect(pauses).toEqual([5_000, 20_000, 80_000, 320_000, 1_280_000, 3_600_000, 3_600_000, 3_600_000]);
  expect(faults.isSuspect(bad)).toBe(true);
  expect(faults.judge(bad, failure, false), 'nothing taken since').toMatchObject({ isOwnFault: true, afterMillis: 3_600_000 });
  nowMillis += dayMillis;
  expect(faults.judge(bad, { ...failure, takenSpans: 3 }, false)).toEqual({ status: 'rejected', code: 'upstream_500', takenSpans: 3 });
  // Then nothing is remembered of it.
  expect([faults.isSuspect(bad), next()]).toEqual([false, failure]);
});

test('a backlog that is old when the upstream comes back has a day from its first failure', () => {
  let nowMillis = bad.receivedAtMillis + 2 * dayMillis;
  const faults = createFaults(() => nowMillis);
  const next = (): string => {
    faults.taken(good);
    return faults.judge(bad, failure, false).status;
  };
  expect(Array.from({ length: 20 }, next)).toEqual(Array(20).fill('retry'));
  nowMillis += dayMillis;
  expect(next()).toBe('rejected');
});

test('what an upstream says to any batch is no batch’s fault, and gateways that had no answer give none up', () => {
  let nowMillis = bad.receivedAtMillis;
  const faults = createFaults(() => nowMillis);
  const after = (code: string): unknown => {
    nowMillis += 2 * dayMillis;
    return Array.from({ length: 10 }, () => {
      faults.taken(good);
      return faults.judge(bad, { status: 'retry', code }, false);
    }).at(-1);
  };
  for (const code of ['upstream_401', 'upstream_408', 'upstream_429', 'upstream_503', 'upstream_html', 'upstream_redirect'])
    expect(after(code)).toEqual({ status: 'retry', code });
  for (const code of ['upstream_502', 'upstream_504', 'upstream_timeout', 'upstream_unreachable'])
    expect(after(code)).toMatchObject({ status: 'retry', isOwnFault: true });
});

test('a refusal is for good where the last word before it was that a batch was taken, and lately', () => {
  let nowMillis = 1_795_477_916_860;
  const faults = createFaults(() => nowMillis);
  expect([faults.refused(), faults.refused()]).toEqual([false, false]);
  faults.taken(good);
  expect([faults.refused(), faults.refused()], 'one after the other: another receiver by now?').toEqual([true, false]);
  faults.taken(good);
  nowMillis += 60_000;
  expect(faults.refused()).toBe(false);
});

test('one at which the code throws is given up at the fifth time, and one that is taken after all is forgotten', () => {
  const faults = createFaults(() => bad.receivedAtMillis);
  const told = Array.from({ length: 6 }, () => {
    faults.taken(good);
    return faults.judge(bad, failure, true).status;
  });
  expect(told).toEqual([...Array(5).fill('retry'), 'rejected']);
  for (let count = 0; count < 3; count++) {
    faults.taken(good);
    faults.judge(bad, failure, false);
  }
  expect(faults.isSuspect(bad)).toBe(true);
  faults.taken(bad);
  expect(faults.isSuspect(bad)).toBe(false);
});
