import { expect, test } from 'vitest';
import { createFaults } from '../../../src/proxy/faults.ts';

test('a batch is to blame once others were taken between five faults of its own', () => {
  const faults = createFaults();
  for (let count = 0; count < 100; count++) expect(faults.isOwn('a')).toBe(false);
  const told: boolean[] = [];
  for (let count = 0; count < 6; count++) {
    faults.taken();
    told.push(faults.isOwn('a'), faults.isOwn('a'));
  }
  // Then nothing is remembered of it.
  expect(told).toEqual([...Array(8).fill(false), true, false, false, false]);
  expect(faults.isOwn('b')).toBe(false);
});
