import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBase64 } from '../../src/datadog/base64.ts';
import type { DatadogChunk, DatadogSpan } from '../../src/datadog/datadog-span.ts';
import { decodeTraces, isRefusal } from '../../src/datadog/decode.ts';
import { encodeTraces } from '../../src/datadog/encode-traces.ts';
import { normalName, normalService, normalTag } from '../../src/datadog/normalize.ts';
import { printTypedEvents } from '../../src/datadog/print-typed-events.ts';
import { readEvents } from '../../src/datadog/read-events.ts';
import type { Attributes } from '../../src/trace/span-data.ts';
import { finished, printed, received } from '../unit/datadog/spans.ts';

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const nonZero32 = fc.integer({ min: 1, max: 0xffffffff });
/** Any text of whole characters, with what JSON and paths care about more often than by chance. */
const text = fc.string({
  unit: fc.oneof(
    { weight: 9, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
    fc.constantFrom('"', '\\', '\\ud800', '\u2028', '\0', '__proto__', 'toJSON'),
  ),
  maxLength: 20,
});
const key = text.filter((name) => name !== '__proto__');
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value));
const hex = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const nonEmpty = <T>(values: fc.Arbitrary<T>, minLength = 0) => fc.array(values, { maxLength: 4, minLength });
const dictionary = <T>(values: fc.Arbitrary<T>) => fc.dictionary(key, values, { maxKeys: 6, noNullPrototype: true });
const orUndefined = <T extends object>(record: fc.Arbitrary<T>) => record.map((value) => (Object.keys(value).length ? value : undefined));
/** Not below zero is time's; whole nanoseconds below a second. */
const seconds = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9_000_000_000 }));
const nanos = fc.integer({ min: 0, max: 999_999_999 });
const eventValue = fc.oneof(text, finite, fc.boolean(), nonEmpty(text, 1), nonEmpty(finite, 1), nonEmpty(fc.boolean(), 1));
const event = fc.record({ name: text, seconds, nanos, attributes: orUndefined(dictionary(eventValue)) });
const link = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  attributes: orUndefined(dictionary(text)),
  traceState: fc.option(text.filter(Boolean), { nil: undefined }),
  flags: fc.constantFrom(undefined, 0, 1),
});
const notEmpty = <T>(list: fc.Arbitrary<T[]>) => list.map((items) => (items.length ? items : undefined));

const span: fc.Arbitrary<DatadogSpan> = fc.record({
  service: text,
  name: text,
  resource: text,
  type: text,
  traceHigh: uint32,
  traceLow: nonZero32,
  spanHigh: uint32,
  spanLow: nonZero32,
  parentHigh: uint32,
  parentLow: uint32,
  startSeconds: seconds,
  startNanos: nanos,
  durationSeconds: seconds,
  durationNanos: nanos,
  error: fc.constantFrom(0, 1),
  meta: dictionary(text).map(({ events: _, '_dd.span_links': __, ...meta }) => meta),
  metrics: dictionary(finite),
  metaStruct: fc.option(dictionary(fc.uint8Array().map(toBase64)), { nil: undefined }),
  events: notEmpty(nonEmpty(event)),
  links: notEmpty(nonEmpty(link)),
}) as fc.Arbitrary<DatadogSpan>;

const chunks: fc.Arbitrary<DatadogChunk[]> = fc.array(
  fc
    .array(span, { minLength: 1, maxLength: 4 })
    .map((list) => list.map((item) => ({ ...item, traceHigh: list[0]!.traceHigh, traceLow: list[0]!.traceLow }))),
  { maxLength: 3 },
);

test('what is printed is read again, to the last bit', () => {
  fc.assert(
    fc.property(chunks, (given) => {
      const read = decodeTraces(encodeTraces(given));
      if (isRefusal(read)) throw new Error(`${read.error} at ${read.path}`);
      expect(read.map((chunk) => chunk.map(readEvents))).toEqual(given);
    }),
    { numRuns: 400 },
  );
});

test('typed events are read again, a number as the number it was', () => {
  fc.assert(
    fc.property(chunks, (given) => {
      const read = decodeTraces(encodeTraces(given, { printEvents: printTypedEvents }));
      if (isRefusal(read)) throw new Error(`${read.error} at ${read.path}`);
      expect(read.map((chunk) => chunk.map(readEvents))).toEqual(given);
    }),
    { numRuns: 200 },
  );
});

test('anything but a payload is refused by a value, and nothing throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), (payload) => {
      const read = decodeTraces(payload);
      if (!isRefusal(read)) expect(read).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('a payload with a byte changed is read or refused with a word', () => {
  fc.assert(
    fc.property(chunks, fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (given, place, byte) => {
      const bytes = encodeTraces(given);
      bytes[place % bytes.length] = byte;
      const read = decodeTraces(bytes);
      if (isRefusal(read)) {
        expect(read.error).toMatch(/^(?:bad_json|too_deep|too_many_spans|bad_payload|empty_chunk|bad_span|mixed_trace_ids)$/);
      } else for (const chunk of read) expect(chunk.length).toBeGreaterThan(0);
    }),
    { numRuns: 400 },
  );
});

test('any attribute, whatever its type, makes a payload of texts and finite numbers', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withSparseArray: true });
  const attributes = fc.dictionary(fc.string({ unit: 'binary' }), anything, { maxKeys: 10 });
  fc.assert(
    fc.property(attributes, fc.string({ unit: 'binary' }), attributes, (own, name, ofEvent) => {
      let lost = 0;
      const span = finished({
        name,
        attributes: own as Attributes,
        events: [{ name, seconds: 1, nanos: 0, attributes: ofEvent as Attributes, droppedAttributesCount: 0 }],
      });
      const payload = printed([span], { onDrop: () => lost++ });
      const read = decodeTraces(payload);
      if (isRefusal(read)) throw new Error(`${read.error} at ${read.path}`);
      expect(read.flat()).toHaveLength(1 - lost);
    }),
    { numRuns: 400 },
  );
});

test('what was normalized once is left alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (given) => {
      for (const normal of [normalName, normalService, (value: string) => normalTag(value, 200)]) {
        expect(normal(normal(given))).toBe(normal(given));
      }
    }),
    { numRuns: 2000 },
  );
});

test('ids of 64 bits survive from span to span', () => {
  fc.assert(
    fc.property(uint32, nonZero32, uint32, nonZero32, (high, low, parentHigh, parentLow) => {
      const [[read]] = received([finished({ idHigh: high, idLow: low, parentHigh, parentLow })]) as [[DatadogSpan]];
      expect([read.spanHigh, read.spanLow, read.parentHigh, read.parentLow]).toEqual([high, low, parentHigh, parentLow]);
    }),
    { numRuns: 400 },
  );
});
