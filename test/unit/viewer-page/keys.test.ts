import { expect, test } from 'vitest';
import { moveIndex } from '../../../src/viewer/page/keys.ts';

const move = (key: string, index: number, errors: number[] = []): number | undefined =>
  moveIndex({ key }, index, 10, 5, (at) => errors.includes(at));

test.each([
  ['j', -1, 0],
  ['ArrowDown', 3, 4],
  ['j', 9, 9],
  ['k', -1, 0],
  ['ArrowUp', 3, 2],
  ['k', 0, 0],
  ['PageDown', 3, 7],
  ['PageDown', 8, 9],
  ['PageUp', 3, 0],
  ['Home', 5, 0],
  ['End', 5, 9],
  ['x', 5, undefined],
])('%s moves from %d to %s', (key, from, to) => {
  expect(move(key, from)).toBe(to);
});

test('e and E go round over the errors', () => {
  expect(move('e', 2, [2, 7])).toBe(7);
  expect(move('e', 7, [2, 7])).toBe(2);
  expect(move('E', 2, [2, 7])).toBe(7);
  expect(move('e', -1, [0])).toBe(0);
  expect(move('E', -1, [9])).toBe(9);
  expect(move('e', 3, [3])).toBe(3);
  expect(move('e', 3)).toBeUndefined();
});

test('nothing moves in an empty list', () => {
  expect(moveIndex({ key: 'j' }, -1, 0, 5, () => true)).toBeUndefined();
});
