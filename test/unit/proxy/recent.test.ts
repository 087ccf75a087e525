import { expect, test } from 'vitest';
import { createRecent } from '../../../src/proxy/recent.ts';

test('the one that was not used longest is forgotten first; what is asked for counts as used', () => {
  const recent = createRecent<number>(3);
  for (const [index, key] of ['a', 'b', 'c'].entries()) recent.set(key, index);
  expect(recent.get('a')).toBe(0);
  recent.set('d', 3);
  recent.set('d', 4);
  expect(['a', 'b', 'c', 'd'].map((key) => recent.get(key))).toEqual([0, undefined, 2, 4]);
  recent.delete('a');
  recent.set('e', 5);
  expect(['a', 'c', 'd', 'e'].map((key) => recent.get(key))).toEqual([undefined, 2, 4, 5]);
});
