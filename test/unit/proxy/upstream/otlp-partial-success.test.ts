import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rejectedSpansOf } from '../../../../src/proxy/upstream/otlp-partial-success.ts';

const json = (text: string): number => rejectedSpansOf(new TextEncoder().encode(text));
const bytes = (...values: number[]): number => rejectedSpansOf(Uint8Array.from(values));

test('JSON, with the number as text or as number', () => {
  expect(json('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}')).toBe(2);
  expect(json('\n{"partialSuccess":{"rejectedSpans":3}}')).toBe(3);
  expect(['{}', '{"partialSuccess":{}}', 'null', '[]', '{"partialSuccess":{"rejectedSpans":"-1"}}'].map(json)).toEqual([0, 0, 0, 0, 0]);
  expect(json('{"partialSuccess":{"rejectedSpans":{"a":1}}}')).toBe(0);
});

test('protobuf, whatever stands beside', () => {
  expect(bytes(0x0a, 0x02, 0x08, 0x02)).toBe(2);
  expect(bytes(0x0a, 0x03, 0x08, 0xac, 0x02)).toBe(300);
  // the message before the number, an unknown field before all
  expect(bytes(0x10, 0x05, 0x0a, 0x07, 0x12, 0x03, 0x61, 0x62, 0x63, 0x08, 0x07)).toBe(7);
  expect(bytes(0x0a, 0x00)).toBe(0);
  expect(bytes(0x0a, 0x7f, 0x08, 0x02)).toBe(0);
});

test('never throws, never ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      expect(rejectedSpansOf(body)).toBeGreaterThanOrEqual(0);
    }),
  );
  expect(rejectedSpansOf(new Uint8Array(65_536).fill(0xff))).toBe(0);
});
