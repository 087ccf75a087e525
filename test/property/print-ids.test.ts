import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal64, hex64, parseDecimal64, parseHex64 } from '../../src/trace/print-ids.ts';

const edges = [
  0n,
  1n,
  9_999_999n,
  10_000_000n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 48n - 1n,
  2n ** 48n,
  2n ** 53n + 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const uint64 = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 34n), fc.constantFrom(...edges));
const halves = (value: bigint): [number, number] => [Number(value >> 32n), Number(value & 0xffff_ffffn)];

test('printed ids are what BigInt prints, and are read back', () => {
  fc.assert(
    fc.property(uint64, (value) => {
      const [high, low] = halves(value);
      expect(decimal64(high, low)).toBe(value.toString());
      expect(hex64(high, low)).toBe(value.toString(16).padStart(16, '0'));
      expect(parseDecimal64(value.toString())).toEqual([high, low]);
      expect(parseHex64(hex64(high, low))).toEqual([high, low]);
      expect(parseHex64(value.toString(16))).toEqual([high, low]);
    }),
    { numRuns: 20_000 },
  );
});

test('any run of digits is the number it says, or refused above 64 bits', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{1,22}$/), (text) => {
      const value = BigInt(text);
      expect(parseDecimal64(text)).toEqual(text.length > 20 || value >= 2n ** 64n ? undefined : halves(value));
    }),
    { numRuns: 20_000 },
  );
});

test.each(['', '-1', '1.5', ' 1', '1 ', '1\n', '0x10', '18446744073709551616', '99999999999999999999', '000000000000000000001'])(
  'no decimal id: %j',
  (text) => expect(parseDecimal64(text)).toBeUndefined(),
);
