import { expect, test } from 'vitest';
import { Clock } from '../../../src/trace/clock.ts';
import { LocalTrace } from '../../../src/trace/local-trace.ts';

function clockAt(timeOrigin: number, now: number): { clock: Clock; trace: LocalTrace } {
  const clock = new Clock({ timeOrigin, now: () => now }, () => timeOrigin + now);
  const trace = new LocalTrace('', 0, 1);
  clock.anchor(trace);
  return { clock, trace };
}

test('callers get their times back exactly', () => {
  const { clock, trace } = clockAt(1_790_000_000_000, 0);
  for (const [input, seconds, nanos] of [
    [[1_790_000_000, 123_456_789], 1_790_000_000, 123_456_789],
    [[1, 2_000_000_003], 3, 3],
    [1_790_000_000_001, 1_790_000_000, 1_000_000],
    [new Date(1_790_000_000_999), 1_790_000_000, 999_000_000],
    [100_000_000_000, 100_000_000, 0],
    [99_999_999_999, 1_890_000_000 - 1, 999_000_000],
    [12.5, 1_790_000_000, 12_500_000],
    [0, 1_790_000_000, 0],
  ] as const) {
    clock.set(trace, input as never);
    expect([clock.seconds, clock.nanos], String(input)).toEqual([seconds, nanos]);
  }
});

test('no rounding is added to what the engine gives', () => {
  const { clock, trace } = clockAt(1_790_000_000_000.123, 98_765_432.100001);
  clock.read(trace);
  const exact = 1_790_000_000_000_123_047n + 98_765_432_100_001n;
  expect(BigInt(clock.seconds) * 1_000_000_000n + BigInt(clock.nanos)).toBe(exact);
});

test('a wrong time is now', () => {
  const { clock, trace } = clockAt(1_790_000_000_000, 7);
  for (const wrong of [
    Number.NaN,
    new Date(Number.NaN),
    [1, Number.NaN],
    'noon',
    undefined,
    {},
    Number.POSITIVE_INFINITY,
    -1e12,
    1e300,
    [-1, 0],
    [1e10, 0],
  ]) {
    clock.set(trace, wrong as never);
    expect([clock.seconds, clock.nanos]).toEqual([1_790_000_000, 7_000_000]);
  }
});

test('in a Worker the monotonic zero is the epoch', () => {
  const { clock, trace } = clockAt(0, 1_790_000_000_005);
  clock.read(trace);
  expect([clock.seconds, clock.nanos]).toEqual([1_790_000_000, 5_000_000]);
});
