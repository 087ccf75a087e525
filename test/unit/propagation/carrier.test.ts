import { expect, test } from 'vitest';
import { attempt, readHeader, writeHeader } from '../../../src/propagation/carrier.ts';

const getter = { keys: () => [], get: (carrier: Record<string, unknown>, name: string) => carrier[name] as string };

test.each([
  ['text', 'text'],
  [['one'], 'one'],
  [['one', 'two'], 'one,two'],
  [[], ''],
  [undefined, ''],
  [null, ''],
  [7, ''],
  [{ toString: () => 'no' }, ''],
  [Symbol('no'), ''],
  [[Symbol('no')], ''],
])('%o is read as %j', (value, text) => expect(readHeader({ name: value }, getter, 'name')).toBe(text));

test('a getter or setter that throws loses this header only', () => {
  const fail = () => {
    throw new Error('no');
  };
  expect(readHeader({}, { keys: () => [], get: fail }, 'name')).toBe('');
  expect(() => writeHeader({}, { set: fail }, 'name', 'value')).not.toThrow();
});

test('what throws gives undefined', () => {
  expect(attempt(() => 7)).toBe(7);
  expect(
    attempt(() => {
      throw new Error('no');
    }),
  ).toBeUndefined();
});
