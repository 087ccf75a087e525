import { expect, test } from 'vitest';
import { createTokenKey, fromBase64Url, parseTokenKeys, toBase64Url } from '../../../src/proxy/token-keys.ts';

const key = createTokenKey('k1');

test('keys come back, padding and spaces are forgiven', () => {
  const [first, second] = parseTokenKeys(` ${key}= , ${createTokenKey('k2')} `);
  expect([first?.id, first?.bytes.length, second?.id]).toEqual(['k1', 32, 'k2']);
});

test.each([
  [undefined, 'empty'],
  ['', 'empty'],
  ['k1', 'not of this form'],
  ['k1:äöü', 'not of this form'],
  [`k1:${'A'.repeat(42)}`, 'k1 with 31'],
  [`${key},${key}`, 'one id twice'],
  [Array.from({ length: 5 }, (_, index) => createTokenKey(`k${index}`)).join(), '5 keys'],
])('%s is refused without being shown', (text, shown) => {
  expect(() => parseTokenKeys(text)).toThrow(`current value is ${shown}`);
  if (text && text.length > 40) expect(() => parseTokenKeys(text)).not.toThrow(text.slice(3, 40));
});

test('one text for the same bytes only', () => {
  expect(fromBase64Url(toBase64Url(new Uint8Array([255, 254, 253, 1])))).toEqual(new Uint8Array([255, 254, 253, 1]));
  expect([fromBase64Url('AB'), fromBase64Url('A'), fromBase64Url('A+'), fromBase64Url('AA==')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
