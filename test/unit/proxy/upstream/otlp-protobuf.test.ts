import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeOtlp } from '../../../../src/proxy/upstream/otlp-protobuf.ts';
import { type OtlpValue, toOtlpRequest } from '../../../../src/proxy/upstream/otlp-request.ts';
import { fullBatch } from './served.ts';

type Field = [field: number, value: bigint | Uint8Array];

/** A reader of the wire format that knows no field: numbers, little-endian words and bytes. */
function fields(bytes: Uint8Array): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const word = (size: number): bigint => {
    let value = 0n;
    for (let index = size - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[at + index]!);
    at += size;
    return value;
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const type = tag & 7;
    if (type === 2) {
      const length = Number(varint());
      found.push([tag >> 3, bytes.subarray(at, at + length)]);
      at += length;
    } else found.push([tag >> 3, type === 0 ? varint() : word(type === 1 ? 8 : 4)]);
  }
  expect(at).toBe(bytes.length);
  return found;
}

const all = (bytes: Uint8Array, field: number): (bigint | Uint8Array)[] =>
  fields(bytes)
    .filter(([one]) => one === field)
    .map(([, value]) => value);
const inner = (bytes: Uint8Array, ...path: number[]): Uint8Array => path.reduce((part, field) => all(part, field)[0] as Uint8Array, bytes);
const text = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array);
const hex = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('hex');

test('fields by their numbers in trace.proto', () => {
  const request = encodeOtlp(toOtlpRequest(fullBatch()));
  const span = inner(request, 1, 2, 2);
  const one = (field: number): unknown => all(span, field)[0];
  expect([hex(one(1)), hex(one(2)), hex(one(4)), text(one(5)), one(6)]).toEqual([
    '66f2b52b00000000ffffffffffffffff',
    '0020000000000001',
    '0000000000000007',
    'GET /x',
    3n,
  ]);
  expect([one(7), one(8), one(10), one(12), one(16)]).toEqual([1727211691770716123n, 1727211692770716124n, undefined, 2n, 1n]);
  expect([text(inner(span, 15, 2)), all(inner(span, 15), 3)]).toEqual(['boom', [2n]]);
  const event = inner(span, 11);
  expect([all(event, 1)[0], text(all(event, 2)[0]), all(event, 3)]).toEqual([1727211691770716124n, 'e', expect.any(Array)]);
  const link = inner(span, 13);
  expect([hex(all(link, 1)[0]), hex(all(link, 2)[0]), text(all(link, 3)[0]), all(link, 6)[0]]).toEqual([
    '66f2b52b000000000000000000000001',
    '000000000000000a',
    'x=y',
    1n,
  ]);
  const attributes = all(span, 9).map((pair) => [text(all(pair as Uint8Array, 1)[0]), fields(inner(pair as Uint8Array, 2))[0]] as const);
  const value = (key: string) => attributes.find(([name]) => name === key)?.[1];
  expect(value('n')).toEqual([3, BigInt.asUintN(64, -3n)]);
  expect(value('empty')).toEqual([1, new Uint8Array(0)]);
  expect(new DataView(BigUint64Array.from([value('d')![1] as bigint]).buffer).getFloat64(0, true)).toBe(0.25);
  expect(all(inner(request, 1, 1), 1).map((pair) => text(all(pair as Uint8Array, 1)[0]))).toContain('service.name');
});

test('any attribute value comes back', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }).map((stringValue) => ({ stringValue: stringValue.toWellFormed() })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((number) => ({ intValue: `${number}` })),
    fc.double({ noNaN: true }).map((doubleValue) => ({ doubleValue })),
  );
  const values: fc.Arbitrary<OtlpValue> = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 5 }).map((list) => ({ arrayValue: { values: list } })),
  );
  const read = (bytes: Uint8Array): OtlpValue => {
    const [[field, value]] = fields(bytes) as [Field];
    if (field === 1) return { stringValue: text(value) };
    if (field === 2) return { boolValue: value === 1n };
    if (field === 3) return { intValue: `${BigInt.asIntN(64, value as bigint)}` };
    if (field === 4) return { doubleValue: new DataView(BigUint64Array.from([value as bigint]).buffer).getFloat64(0, true) };
    return { arrayValue: { values: all(value as Uint8Array, 1).map((item) => read(item as Uint8Array)) } };
  };
  fc.assert(
    fc.property(values, (value) => {
      const request = encodeOtlp({ resourceSpans: [{ resource: { attributes: [{ key: 'k', value }] }, scopeSpans: [] }] });
      expect(read(inner(request, 1, 1, 1, 2))).toEqual(value);
    }),
  );
});

test('a batch larger than the first buffer', () => {
  const one = fullBatch();
  const chunks = [Array.from({ length: 900 }, () => one.chunks[0]![0]!)];
  const request = encodeOtlp(toOtlpRequest({ ...one, chunks }));
  expect(all(inner(request, 1, 2), 2)).toHaveLength(900);
});
