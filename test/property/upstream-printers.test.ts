import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessagePack, decodeTraces, isRefusal } from '../../src/datadog/decode.ts';
import { readEvents } from '../../src/datadog/read-events.ts';
import { agentUpstream } from '../../src/proxy/upstream/agent.ts';
import { datadogUpstream } from '../../src/proxy/upstream/datadog.ts';
import { otlpUpstream } from '../../src/proxy/upstream/otlp.ts';
import type { IntakeBatch, Upstream } from '../../src/proxy/upstream/upstream.ts';
import { batch } from '../unit/proxy/upstream/served.ts';

// Whatever the reader lets in is printed by every upstream, and what is printed can be read: one span must not hold up a batch, a spool
// or, by the breaker, everybody.

const text = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  fc.constantFrom('a\ud800b', '\\ud800', '\udc00'),
);
const key = fc.oneof(
  text,
  fc.constantFrom('otel.dropped_attributes_count', 'otel.dropped_events_count', 'otel.dropped_links_count', '_sampling_priority_v1'),
  fc.constantFrom('span.kind', 'http.status_code', '_dd.p.tid', 'env', 'version', 'error.message', '__proto__', 'toString'),
);
const literal = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.constantFrom('0.5', '-0', '1e300', '-1', '5e-324', '4294967296', '18446744073709551615'),
);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const id = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);
/** JSON by hand: numbers that JavaScript does not hold are the point. */
const object = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`;
const map = (value: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.array(fc.tuple(key, value), { maxLength: 6 }).map(object);
const quoted = text.map((value) => JSON.stringify(value));
const scalar = fc.oneof(literal, quoted, fc.constantFrom('true', 'false', 'null', '1e999', '-1e999', '{"a":[1e999]}'));
const loose = map(
  fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 4 }).map((items) => `[${items.join()}]`),
  ),
);
const list = (item: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.array(item, { maxLength: 3 }).map((items) => `[${items.join()}]`);

const tagEvent = fc
  .tuple(uint64, quoted, loose)
  .map(([time, name, attributes]) => `{"time_unix_nano":${time},"name":${name},"attributes":${attributes}}`);
const tagLink = fc
  .tuple(fc.constantFrom('0af7651916cd43dd8448eb211c80319c', '1', 'ABC'), loose, scalar, quoted)
  .map(
    ([trace, attributes, flags, state]) =>
      `{"trace_id":"${trace}","span_id":"9","attributes":${attributes},"flags":${flags},"tracestate":${state}}`,
  );
const typedScalar = fc.oneof(
  literal.map((value) => `{"type":3,"double_value":${value}}`),
  literal.map((value) => `{"type":2,"int_value":${value}}`),
  quoted.map((value) => `{"type":0,"string_value":${value}}`),
  fc.constantFrom('{"type":1,"bool_value":true}', '{"type":1}'),
);
const typed = fc.oneof(
  typedScalar,
  list(typedScalar).map((values) => `{"type":4,"array_value":{"values":${values}}}`),
);
const typedEvent = fc
  .tuple(uint64, quoted, map(typed))
  .map(([time, name, attributes]) => `{"time_unix_nano":${time},"name":${name},"attributes":${attributes}}`);
const typedLink = fc
  .tuple(uint64, uint64, map(quoted), literal)
  .map(
    ([trace, span, attributes, flags]) =>
      `{"trace_id":${trace},"trace_id_high":${span},"span_id":${span},"attributes":${attributes},"flags":${flags}}`,
  );
const span = fc
  .record({
    span_id: id,
    parent_id: uint64,
    start: uint64,
    duration: uint64,
    error: literal,
    service: quoted,
    name: quoted,
    resource: quoted,
    type: quoted,
    metrics: map(literal),
    meta: fc.tuple(map(quoted), list(tagEvent), list(tagLink), fc.boolean()).map(([tags, events, links, hasBoth]) => {
      const both = `"events":${JSON.stringify(events)},"_dd.span_links":${JSON.stringify(links)}`;
      return hasBoth ? `${tags.slice(0, -1)}${tags === '{}' ? '' : ','}${both}}` : tags;
    }),
    span_events: list(typedEvent),
    span_links: list(typedLink),
  })
  .map((fields) => object([['trace_id', '7'], ...Object.entries(fields)]));

/** What an upstream sends to a receiver that takes everything. */
function sender(make: (fetch: typeof globalThis.fetch) => Upstream, info = {}) {
  let sent: Uint8Array = new Uint8Array(0);
  const upstream = make(async (url, init) => {
    if (String(url).endsWith('/info')) return Response.json(info);
    sent = init?.body as Uint8Array;
    return new Response('{}');
  });
  return async (given: IntakeBatch): Promise<Uint8Array> => {
    expect(await upstream(given, AbortSignal.timeout(10_000))).toEqual({ status: 'ok' });
    return sent;
  };
}

const url = 'http://127.0.0.1:1';
const toV04 = sender((fetch) => agentUpstream({ url, format: 'json', fetch }));
const toV04Typed = sender((fetch) => agentUpstream({ url, format: 'json', fetch }), { span_events: true });
const toMessagePack = sender((fetch) => agentUpstream({ url, format: 'msgpack', fetch }));
const toMessagePackTyped = sender((fetch) => agentUpstream({ url, format: 'msgpack', fetch }), { span_events: true });
const toOtlpJson = sender((fetch) => otlpUpstream({ url, protocol: 'json', fetch }));
const toProtobuf = sender((fetch) => otlpUpstream({ url, fetch }));
const toDatadog = sender((fetch) => datadogUpstream({ apiKey: 'k'.repeat(32), unstable: true, warn: () => {}, fetch }));
const read = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

test('every span that the reader lets in is printed in every form', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(span, { minLength: 1, maxLength: 3 }), async (spans) => {
      const chunks = decodeTraces(`[[${spans.join()}]]`);
      if (isRefusal(chunks)) return;
      taken++;
      for (const chunk of chunks) chunk.forEach(readEvents);
      const given = { ...batch(), chunks };
      for (const form of [toV04, toV04Typed]) expect(decodeTraces(await form(given))).not.toHaveProperty('error');
      for (const form of [toMessagePack, toMessagePackTyped]) {
        expect(decodeMessagePack(await form(given))).not.toHaveProperty('error');
      }
      expect((await toProtobuf(given)).length).toBeGreaterThan(20);
      for (const form of [toOtlpJson, toDatadog]) {
        const printed = read(await form(given));
        expect(JSON.parse(printed)).toBeTypeOf('object');
        expect(printed).not.toContain('"doubleValue":null');
        expect(JSON.stringify(JSON.parse(printed))).toBe(
          JSON.stringify(JSON.parse(printed, (_, value) => value?.toWellFormed?.() ?? value)),
        );
      }
    }),
    { numRuns: 400 },
  );
  expect(taken).toBeGreaterThan(100);
});
