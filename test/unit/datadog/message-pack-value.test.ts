import { decode, ExtData, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMessagePack } from '../../../src/datadog/message-pack-value.ts';

const read = (...bytes: number[]): unknown => readMessagePack(Uint8Array.from(bytes), 12);

test('what an encoder wrote comes back, one byte less does not, and what is behind it is not looked at', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      fc.pre(!JSON.stringify(value).includes('"__proto__"'));
      const bytes = encode(value);
      expect(readMessagePack(bytes, 12)).toEqual(decode(bytes));
      expect(() => readMessagePack(bytes.subarray(0, -1), 12)).toThrow('bad_payload');
      expect(readMessagePack(Uint8Array.of(...bytes, 0xc1), 12)).toEqual(decode(bytes));
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
    ...[
      0,
      127,
      128,
      255,
      256,
      65_536,
      2 ** 32,
      -1,
      -32,
      -33,
      -128,
      -129,
      -32_768,
      -32_769,
      -(2 ** 31),
      -(2 ** 31) - 1,
      1.5,
      null,
      true,
      false,
    ],
    ...[2n ** 64n - 1n, -(2n ** 63n), 2n ** 53n],
    Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, index])),
    Object.fromEntries(Array.from({ length: 66_000 }, (_, index) => [`k${index}`, index])),
  ];
  for (const value of values) expect(readMessagePack(encode(value, { useBigInt64: true }), 12)).toEqual(value);
  expect(readMessagePack(encode([7n, -7n], { useBigInt64: true }), 12), 'as a number where it is exact').toEqual([7, -7]);
  expect(readMessagePack(encode(1.5, { forceFloat32: true }), 12)).toBe(1.5);
  for (const size of [1, 2, 3, 4, 8, 16, 17, 256, 70_000])
    expect(readMessagePack(encode([new ExtData(7, new Uint8Array(size)), 'next']), 12)).toEqual([Number.NaN, 'next']);
});

test('headers that say more than is there, and depth, are refused at once', () => {
  for (const header of [
    [0xdd, 0, 0xa0, 0, 0],
    [0xdc, 0xff, 0xff],
    [0xdf, 0xff, 0xff, 0xff, 0xff],
    [0xdd],
    [0xdb, 0xff, 0xff, 0xff, 0xff],
    [0xc6, 0xff, 0xff, 0xff, 0xff],
    [0xc1],
    [],
  ]) {
    expect(() => read(...header)).toThrow('bad_payload');
    expect(() => read(...Array.from({ length: 20 }, () => header).flat())).toThrow('bad_payload');
  }
  expect(() => readMessagePack(new Uint8Array(5_000_000).fill(0x91), 12)).toThrow('too_deep');
  expect(readMessagePack(Uint8Array.of(0x91, 0x91, 1), 2)).toEqual([[1]]);
  expect(() => readMessagePack(Uint8Array.of(0x91, 0x91, 0x91, 1), 2)).toThrow('too_deep');
});

test('keys are texts, bytes or nil, and nothing else; none reaches a prototype', () => {
  expect(read(0x83, 0xa1, 0x61, 1, 0xc4, 1, 0x62, 2, 0xc0, 3)).toEqual({ a: 1, b: 2, '': 3 });
  expect(() => read(0x81, 1, 1)).toThrow('bad_payload');
  for (const length of [9, 300]) {
    const name = '__proto__'.padEnd(length, 'x');
    const found = readMessagePack(encode([JSON.parse(`{"${name}":{"polluted":1}}`), { other: 1 }]), 12) as object[];
    expect(found).toEqual([length === 9 ? {} : { [name]: { polluted: 1 } }, { other: 1 }]);
    expect([Object.getPrototypeOf(found[0]), ({} as { polluted?: number }).polluted]).toEqual([Object.prototype, undefined]);
  }
  expect(readMessagePack(Uint8Array.of(0x81, 0xc4, 9, ...new TextEncoder().encode('__proto__'), 0x80), 12)).toEqual({});
});

test('texts that are no UTF-8 are mended, in keys and values, and one key is not another of its length', () => {
  expect(read(0x81, 0xa2, 0xff, 0x61, 0xa3, 0xed, 0xa0, 0x80)).toEqual({ '\ufffda': '\ufffd\ufffd\ufffd' });
  expect(read(0x92, 0x82, 0xa1, 0x61, 1, 0xa1, 0x62, 2, 0x82, 0xa1, 0x62, 3, 0xa1, 0x61, 4)).toEqual([
    { a: 1, b: 2 },
    { a: 4, b: 3 },
  ]);
  expect(read(0xa3, 0xef, 0xbb, 0xbf)).toBe('\ufeff');
});

test('members of all lists and maps are counted before any of them is made', () => {
  const value = { a: [1, 2, 3], b: {}, c: [[]] };
  const bytes = encode(value);
  expect(readMessagePack(bytes, 12, 7)).toEqual(value);
  expect(() => readMessagePack(bytes, 12, 6)).toThrow('bad_payload');
  const many = Uint8Array.of(0xdd, 0, 0, 1, 0, ...Array.from({ length: 256 }, () => 0x80));
  expect(() => readMessagePack(many, 12, 255)).toThrow(expect.objectContaining({ code: 'bad_payload', path: 'offset 5' }));
  const maps = Uint8Array.of(0xdf, 0, 0, 1, 0, ...Array.from({ length: 512 }, () => 0xa0));
  expect(() => readMessagePack(maps, 12, 255)).toThrow(expect.objectContaining({ code: 'bad_payload', path: 'offset 5' }));
});

test('a map of more members than any span has tags is refused before one of them is made', () => {
  const bytes = new Uint8Array(400_000);
  bytes.set([0xdf, 0, 1, 0x86, 0xa1]);
  expect(() => readMessagePack(bytes, 12)).toThrow('bad_payload');
  expect(() => readMessagePack(bytes, 12)).toThrow(expect.objectContaining({ path: 'offset 5' }));
});
