import { ExtData, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refuseMessagePack } from '../../../src/proxy/message-pack-shape.ts';

test('what an encoder wrote is whole, one byte less or more is not', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const bytes = encode(value);
      expect(refuseMessagePack(bytes, 12)).toBeUndefined();
      expect(refuseMessagePack(bytes.subarray(0, -1), 12)).toBe('bad_payload');
      expect(refuseMessagePack(Uint8Array.of(...bytes, 1), 12)).toBe('bad_payload');
    }),
    { numRuns: 500 },
  );
});

test('every length of every type', () => {
  const values = [
    ...[0, 1, 31, 32, 255, 256, 65_535, 65_536].flatMap((size) => [
      'x'.repeat(size),
      new Uint8Array(size),
      Array.from({ length: size }, () => 1),
    ]),
    ...[1, 2, 3, 4, 8, 16, 17, 256, 70_000].map((size) => new ExtData(7, new Uint8Array(size))),
    ...[0, 127, 128, 255, 256, 65_536, 2 ** 32, -1, -32, -33, -129, -32_769, -(2 ** 31) - 1, 1.5, null, true, false],
    ...[1n, -1n, 2n ** 64n - 1n, -(2n ** 63n)],
    Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, index])),
    Object.fromEntries(Array.from({ length: 66_000 }, (_, index) => [`k${index}`, index])),
    new Date(),
  ];
  for (const value of values) expect(refuseMessagePack(encode(value, { useBigInt64: true }), 12)).toBeUndefined();
  expect(refuseMessagePack(encode(1.5, { forceFloat32: true }), 12)).toBeUndefined();
});

test('headers that say more than is there, and depth, are refused at once', () => {
  for (const header of [
    [0xdd, 0, 0xa0, 0, 0],
    [0xdc, 0xff, 0xff],
    [0xdf, 0xff, 0xff, 0xff, 0xff],
    [0xdd],
    [0xdb, 0xff, 0xff, 0xff, 0xff],
    [0xc1],
    [],
  ]) {
    expect(refuseMessagePack(Uint8Array.from(header), 12)).toBe('bad_payload');
    expect(refuseMessagePack(Uint8Array.from(Array.from({ length: 20 }, () => header).flat()), 12)).toBe('bad_payload');
  }
  expect(refuseMessagePack(new Uint8Array(5_000_000).fill(0x91), 12)).toBe('too_deep');
  expect(refuseMessagePack(Uint8Array.of(0x91, 0x91, 1), 2)).toBeUndefined();
  expect(refuseMessagePack(Uint8Array.of(0x91, 0x91, 0x91, 1), 2)).toBe('too_deep');
});
