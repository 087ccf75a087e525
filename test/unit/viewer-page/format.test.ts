import { expect, test } from 'vitest';
import {
  compareNano,
  formatClock,
  formatCount,
  formatDuration,
  formatPlural,
  formatShare,
  nanosBetween,
  parseNano,
  rulerSteps,
} from '../../../src/viewer/page/format.ts';

test('an instant above 2^53 nanoseconds keeps every digit', () => {
  const from = parseNano('1795477916860000123');
  const to = parseNano('1795477917000000001');
  expect(nanosBetween(from, to)).toBe(139_999_878);
  expect(nanosBetween(to, from)).toBe(-139_999_878);
  expect(parseNano('123')).toEqual({ seconds: 0, nanos: 123 });
  expect(parseNano('rubbish')).toEqual({ seconds: 0, nanos: 0 });
});

test('decimals are ordered by value, not by text', () => {
  expect(['9', '10', '1795477916860000124', '1795477916860000123'].toSorted(compareNano)).toEqual([
    '9',
    '10',
    '1795477916860000123',
    '1795477916860000124',
  ]);
});

test.each([
  [0, '0 ms'],
  [400, '400 ns'],
  [1500, '1.5 µs'],
  [40_000, '40 µs'],
  [500_000, '0.5 ms'],
  [800_000, '0.8 ms'],
  [996_000, '1 ms'],
  [8_400_000, '8.4 ms'],
  [9_960_000, '10 ms'],
  [486_000_000, '486 ms'],
  [999_600_000, '1 s'],
  [1_550_000_000, '1.55 s'],
  [12_340_000_000, '12.3 s'],
  [59_999_000_000, '1 min 0 s'],
  [125_000_000_000, '2 min 5 s'],
  [-8_400_000, '-8.4 ms'],
])('%d ns is written %s', (nanos, text) => {
  expect(formatDuration(nanos)).toBe(text);
});

test('the clock shows local time with the milliseconds apart', () => {
  const noon = new Date(2026, 10, 24, 12, 4, 31).getTime() / 1000;
  expect(formatClock(`${noon}208999999`)).toEqual({ time: '12:04:31', millis: '.208' });
  expect(formatClock(`${noon}008000000`).millis).toBe('.008');
});

test('counts, shares and plurals', () => {
  expect([0, 999, 1240, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,240', '1,234,567']);
  expect([formatShare(1, 3), formatShare(1, 1000), formatShare(0, 5), formatShare(5, 0)]).toEqual(['33 %', '< 1 %', '0 %', '0 %']);
  expect([formatPlural(1, 'trace'), formatPlural(10_000, 'span')]).toEqual(['1 trace', '10,000 spans']);
});

test('a ruler has round steps that stay inside', () => {
  expect(rulerSteps(0, 519e6, 6)).toEqual([0, 100e6, 200e6, 300e6, 400e6, 500e6]);
  expect(rulerSteps(0, 7, 4)).toEqual([0, 2, 4, 6]);
  expect(rulerSteps(188e6, 308e6, 3)).toEqual([200e6, 250e6, 300e6]);
  expect(rulerSteps(5, 5, 3)).toEqual([5]);
});
