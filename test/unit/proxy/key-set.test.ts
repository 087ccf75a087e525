import { expect, test } from 'vitest';
import { createKeySet } from '../../../src/proxy/key-set.ts';

function setUp(over = {}) {
  const clock = { millis: 1_000_000 };
  const forgotten: number[] = [];
  const keys = createKeySet({
    keepMillis: 6_000,
    sliceMillis: 1_000,
    maxBytes: 100_000_000,
    now: () => clock.millis,
    onForget: (count) => forgotten.push(count),
    ...over,
  });
  return { clock, forgotten, keys };
}

test('what was added is known, nothing else is, however many there are', () => {
  const { keys, forgotten } = setUp();
  for (let key = 0; key < 100_000; key++) keys.add(`0123456789abcdef0123456789abcdef.${key}`);
  let missing = 0;
  let invented = 0;
  for (let key = 0; key < 100_000; key++) {
    if (!keys.has(`0123456789abcdef0123456789abcdef.${key}`)) missing++;
    if (keys.has(`>0123456789abcdef0123456789abcdef.${key}`)) invented++;
  }
  expect([missing, invented, forgotten]).toEqual([0, 0, []]);
});

test('for its time, and no longer than a slice more', () => {
  const { keys, clock, forgotten } = setUp();
  keys.add('a');
  clock.millis += 3_000;
  keys.add('b');
  clock.millis += 3_000;
  expect([keys.has('a'), keys.has('b')]).toEqual([true, true]);
  clock.millis += 1_000;
  expect([keys.has('a'), keys.has('b')]).toEqual([false, true]);
  clock.millis += 3_000;
  expect(keys.has('b')).toBe(false);
  expect(forgotten).toEqual([]);
});

test('memory is bounded also where all come at once: the oldest go, and that is said', () => {
  const { keys, forgotten } = setUp({ maxBytes: 200_000 });
  const count = 50_000;
  for (let key = 0; key < count; key++) keys.add(`k${key}`);
  const forgottenCount = forgotten.reduce((sum, one) => sum + one, 0);
  const known = Array.from({ length: count }, (_, key) => keys.has(`k${key}`));
  expect(known.filter(Boolean)).toHaveLength(count - forgottenCount);
  // About 11 bytes each.
  expect(count - forgottenCount).toBeGreaterThan(200_000 / 14);
  expect(known.indexOf(true)).toBe(forgottenCount);
  expect(known.lastIndexOf(false)).toBe(forgottenCount - 1);
});

test('lines of a file are keys; what has no line end is none; a clock that goes back does no harm', () => {
  const { keys, clock } = setUp();
  keys.addLines(new TextEncoder().encode('a.1\n>a.1\n…\na.2\ncut'), clock.millis);
  expect(['a.1', '>a.1', 'a.2', 'cut', ''].map((key) => keys.has(key))).toEqual([true, true, true, false, false]);
  clock.millis -= 5_000;
  keys.add('b');
  clock.millis += 5_000;
  expect([keys.has('a.1'), keys.has('b')]).toEqual([true, true]);
});
