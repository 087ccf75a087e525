import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentJson } from '../../../src/viewer/indent-json.ts';

test('sets out what JSON.stringify sets out', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('numbers stay as they stand', () => {
  expect(indentJson('{"id":18446744073709551615,"a":[]}')).toBe('{\n  "id": 18446744073709551615,\n  "a": []\n}');
});
