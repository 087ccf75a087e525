import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import * as api from '@opentelemetry/api';
import fc from 'fast-check';
import { groupByTrace, toChunkSpan } from '../../../src/datadog/chunk.ts';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { encodePieces } from '../../../src/datadog/encode.ts';
import { normalName, normalService, normalTag } from '../../../src/datadog/normalize.ts';
import { printTypedEvents } from '../../../src/datadog/print-typed-events.ts';
import { LocalTrace } from '../../../src/trace/local-trace.ts';
import { decimal64 } from '../../../src/trace/print-ids.ts';
import type { Attributes, SpanData } from '../../../src/trace/span-data.ts';
import { type Agent, startAgent } from '../agent.ts';
import { importSource } from '../bundle.mjs';
import type { Part } from '../parts.ts';

const caseCount = 10_000;
const batchSize = 100;

/**
 * Ten thousand spans with any attributes, events and links, and ten thousand names: the Agent's decoder takes every payload, drops and
 * mends nothing, and its normalizer agrees with ours to the letter.
 */
export const agentTakesAnything: Part = async ({ tally, agentReceiver, seed }) => {
  if (agentReceiver.missing !== undefined) return tally.skip('any value to the Agent', agentReceiver.missing);
  for (const shape of ['plain', 'indexed'] as const) {
    const agent = await startAgent(agentReceiver.path, shape);
    try {
      await tally.check(`Agent, ${shape}: ${caseCount} spans with any attributes, events and links`, () => takesSpans(agent, shape, seed));
    } finally {
      await agent.stop();
    }
  }
  const agent = await startAgent(agentReceiver.path, 'plain');
  try {
    await tally.check(`Agent: ${caseCount} spans made through the API with anything for every argument`, () =>
      takesWhatTheApiTakes(agent, seed),
    );
    await agent.forget();
    await tally.check(`Agent: ${caseCount} names are normalized as here`, () => normalizesAsWeDo(agent, seed));
  } finally {
    await agent.stop();
  }
};

/**
 * Text whose letters are letters to Go too: the Agent's tables are of Unicode 15, an engine's may be newer, and what became a letter since
 * is cut out by the Agent. The rest of the planes has nothing else for a tracer.
 */
const bmp = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const known = bmp.filter((character) => !/[\u088f\u0c5c\u0cdc\u1c89\u1c8a\ua7cb-\ua7dc\ua7f1]/.test(character));
const nameText = fc.string({ unit: fc.oneof(known, fc.constantFrom(...'abcXYZ019._-/: #@')), maxLength: 60 });
const anyText = fc.string({ unit: fc.oneof({ weight: 9, arbitrary: known }, fc.constantFrom('🍣', '"', '\\')), maxLength: 60 });
const anyKey = fc
  .oneof(
    { weight: 9, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }) },
    // half characters, quotes and what mappings look at
    fc.constantFrom(
      'env',
      'version',
      'error',
      'http.status_code',
      'peer.service',
      'span.kind',
      '\ud800',
      'a"b',
      'c\\d',
      '__proto__',
      'toJSON',
      'operation.name',
    ),
  )
  // from its second payload on this Agent reads the key `"` as `\`, whoever sent it
  .filter((key) => key !== '"' && key !== '\\');
const simple = fc.oneof(anyText, fc.double(), fc.integer(), fc.boolean(), fc.constantFrom('\udc00x', 1e21, -0, '\u0000'));
const anyValue = fc.oneof(
  { weight: 4, arbitrary: simple },
  fc.array(simple, { maxLength: 6 }),
  fc.anything({ maxDepth: 2, withBigInt: true, withDate: true }),
  fc.integer({ min: 24_000, max: 26_000 }).map((length) => 'é'.repeat(length / 2)),
);
const anyAttributes = fc.dictionary(anyKey, anyValue, { maxKeys: 8 }) as fc.Arbitrary<Attributes>;
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

const anySpan = fc.record({
  name: anyText,
  kind: fc.integer({ min: 0, max: 5 }),
  attributes: anyAttributes,
  service: fc.oneof(nameText, fc.constant('web')),
  tags: fc.dictionary(anyKey, anyText, { maxKeys: 3 }),
  ids: fc.tuple(uint32, uint32, uint32, uint32),
  status: fc.constantFrom(0, 1, 2),
  message: fc.option(anyText, { nil: undefined }),
  exception: fc.option(fc.record({ type: anyText, message: anyText, stack: anyText }), { nil: undefined }),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
  events: fc.array(fc.record({ name: anyText, nanos: fc.integer({ min: 0, max: 999_999_999 }), attributes: anyAttributes }), {
    maxLength: 3,
  }),
  links: fc.array(
    fc.record({
      traceId: uint32.map((id) => id.toString(16).padStart(32, '0')),
      spanId: uint32.map((id) => id.toString(16).padStart(16, '0')),
      attributes: anyAttributes,
    }),
    { maxLength: 2 },
  ),
});

type AnySpan = typeof anySpan extends fc.Arbitrary<infer T> ? T : never;

function toSpanData(given: AnySpan, index: number): SpanData {
  // one trace a span, ids that the batch can be told apart by
  const trace = new LocalTrace('', given.ids[0], index + 1, () => ({ priority: 2, mechanism: 4 }));
  return {
    name: given.name,
    kind: given.kind,
    trace,
    idHigh: given.ids[2] >>> 1,
    idLow: index + 1,
    parentHigh: given.ids[3],
    parentLow: given.ids[1],
    isLocalRoot: true,
    parentService: undefined,
    resource: { service: given.service, env: 'any', version: '1', tags: given.tags },
    scope: { name: 'any', version: undefined, schemaUrl: undefined },
    startSeconds: 1_790_000_000,
    startNanos: given.nanos,
    endSeconds: 1_790_000_001,
    endNanos: given.nanos,
    status: given.status,
    statusMessage: given.message,
    isStatusLater: given.nanos % 2 === 0,
    exception: given.exception,
    attributes: given.attributes,
    events: given.events.map((event) => ({ ...event, seconds: 1_790_000_000, droppedAttributesCount: 0 })),
    links: given.links.map(({ traceId, spanId, attributes }) => ({
      context: { traceId, spanId, traceFlags: 1 },
      attributes,
      droppedAttributesCount: 0,
    })),
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

async function takesSpans(agent: Agent, shape: string, seed: number): Promise<void> {
  const samples = fc.sample(anySpan, { numRuns: caseCount, seed });
  for (let from = 0; from < samples.length; from += batchSize) {
    const printed = new Map<string, DatadogSpan>();
    const spans = samples.slice(from, from + batchSize).map(toSpanData);
    const printEvents = (from / batchSize) % 2 ? printTypedEvents : undefined;
    const pieces = [
      ...encodePieces(
        groupByTrace(spans),
        (span, isFirst) => {
          const mapped = toChunkSpan(span, isFirst);
          printed.set(decimal64(mapped.spanHigh, mapped.spanLow), mapped);
          return mapped;
        },
        { printEvents, onDrop: (_reason, span) => printed.delete(decimal64(span.idHigh, span.idLow)) },
      ),
    ];
    const answer = await agent.put(Buffer.concat(pieces));
    assert.equal(answer.status, 200, `cases ${from} to ${from + batchSize} of seed ${seed}: ${answer.text}`);
    const received = await agent.receivedSpans([...printed.keys()]);
    for (const [id, sent] of printed) {
      const found = received.get(id);
      assert(found, `span ${id} of cases ${from} to ${from + batchSize} of seed ${seed} did not come through: ${sent.resource}`);
      const { span } = found;
      assert.deepEqual(
        [span.service, span.name, span.resource, span.type, span.error, span.start],
        [
          sent.service,
          sent.name,
          wellFormed(sent.resource),
          wellFormed(sent.type),
          sent.error,
          `${sent.startSeconds}${String(sent.startNanos).padStart(9, '0')}`,
        ],
        `seed ${seed}`,
      );
      const { events: _, '_dd.span_links': __, '_dd.convertedv1': ___, ...meta } = span.meta ?? {};
      const { events: ____, '_dd.span_links': _____, ...ofSent } = sent.meta;
      assert.deepEqual(sorted(meta), sorted(mapText(ofSent)), `tags changed, ${shape}, seed ${seed}`);
      const { _top_level: a, _sampling_priority_rate_v1: b, '_dd.analyzed': c, '_dd1.sr.eausr': d, ...metrics } = span.metrics ?? {};
      const { '_dd1.sr.eausr': e, ...numbers } = sent.metrics;
      // what found no room in a tag is counted while it is printed
      for (const key of ['otel.dropped_events_count', 'otel.dropped_links_count']) delete metrics[key];
      assert.deepEqual(sorted(metrics), sorted(mapText(numbers)), `metrics changed, ${shape}, seed ${seed}`);
    }
    await agent.forget();
  }
  const { dropped, unreadable } = await agent.received();
  assert.deepEqual({ dropped, unreadable }, { dropped: {}, unreadable: [] });
}

const wellFormed = (text: string): string => text.toWellFormed();
const sorted = (object: object): [string, unknown][] => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
/** Keys and texts as UTF-8 has them; of two keys that become one the last wins, as in JSON. */
const mapText = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      wellFormed(key),
      typeof value === 'string' ? wellFormed(value) : value === 0 ? 0 : value,
    ]),
  );

/** What no type allows and applications do all the same. */
const anything = fc.anything({ maxDepth: 3, withBigInt: true, withDate: true, withMap: true, withSparseArray: true, withTypedArray: true });
const anyAttribute = fc.oneof({ weight: 2, arbitrary: anyValue }, anything);
const anyCalls = fc.record({
  name: fc.oneof(anyText, anything),
  kind: fc.integer({ min: -1, max: 6 }),
  attributes: fc.oneof({ weight: 4, arbitrary: fc.dictionary(anyKey, anyAttribute, { maxKeys: 6 }) }, anything),
  key: fc.oneof(anyKey, anything),
  value: anyAttribute,
  event: fc.oneof({ weight: 4, arbitrary: fc.dictionary(anyKey, anyAttribute, { maxKeys: 6 }) }, anything),
  exception: fc.oneof(
    anyText.map((message) => new Error(message)),
    anything,
  ),
  message: fc.oneof(anyText, anything),
  status: fc.integer({ min: -1, max: 3 }),
});

async function takesWhatTheApiTakes(agent: Agent, seed: number): Promise<void> {
  const door = await importSource('src/entries/node.ts');
  const tracing = door.module.register({
    service: 'any',
    env: 'any',
    version: '1',
    exporter: door.module.agent({ url: agent.url }),
    instrumentations: [],
  });
  try {
    // biome-ignore lint/suspicious/noExplicitAny: the point is to hand over what the types forbid
    const tracer = api.trace.getTracer('any') as any;
    const samples = fc.sample(anyCalls, { numRuns: caseCount, seed });
    for (let from = 0; from < samples.length; from += batchSize) {
      const ids = samples.slice(from, from + batchSize).map((given) => {
        const span = tracer.startSpan(given.name, { kind: given.kind, attributes: given.attributes, root: true });
        span.setAttribute('manual.keep', true);
        span.setAttribute(given.key, given.value);
        span.addEvent(given.name, given.event);
        span.addLink({ context: span.spanContext(), attributes: given.event });
        span.recordException(given.exception, given.attributes);
        span.setStatus({ code: given.status, message: given.message });
        span.updateName(given.message);
        span.end();
        return String(BigInt(`0x${span.spanContext().spanId}`));
      });
      const flushed = await tracing.forceFlush();
      assert.deepEqual(
        { pending: flushed.pending, dropped: flushed.dropped },
        { pending: 0, dropped: 0 },
        `cases from ${from}, seed ${seed}`,
      );
      const received = await agent.receivedSpans(ids);
      assert.deepEqual(
        ids.filter((id) => !received.has(id)),
        [],
        `cases from ${from}, seed ${seed}`,
      );
      await agent.forget();
    }
    const { dropped, unreadable } = await agent.received();
    assert.deepEqual({ dropped, unreadable }, { dropped: {}, unreadable: [] });
  } finally {
    await tracing.shutdown();
    await rm(door.outfile, { force: true });
  }
}

async function normalizesAsWeDo(agent: Agent, seed: number): Promise<void> {
  const unit = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...'abcXYZ019._-/: #@') },
    { weight: 1, arbitrary: fc.constantFrom(...'éÉßİıſǅ漢字🍣Ωω\u0300\u200b٣') },
    { weight: 1, arbitrary: known },
  );
  const names = fc.sample(fc.string({ unit, maxLength: 130 }), { numRuns: caseCount, seed });
  for (let from = 0; from < names.length; from += 500) {
    const batch = names.slice(from, from + 500).map(wellFormed);
    const chunks = batch.map((name, index) => {
      // bare: what no mapping of ours has touched; and the same as we would send it
      const span = (id: number, service: string, operation: string, env: string) =>
        `{"trace_id":${id},"span_id":${id},"start":1790000000000000000,"duration":1,"service":${JSON.stringify(service)},"name":${JSON.stringify(operation)},"resource":"r","meta":${JSON.stringify({ env, 'span.kind': 'internal' })},"metrics":{"_sampling_priority_v1":2}}`;
      const ours = span(2 * index + 2, normalService(name), normalName(name), normalTag(name, 200));
      return `[${span(2 * index + 1, name, name, name)}],[${ours}]`;
    });
    const answer = await agent.put(`[${chunks.join()}]`);
    assert.equal(answer.status, 200, answer.text);
    const received = await agent.receivedSpans(Array.from({ length: 2 * batch.length }, (_, index) => String(index + 1)));
    for (const [index, name] of batch.entries()) {
      const [theirs, ours] = [received.get(String(2 * index + 1))?.span, received.get(String(2 * index + 2))?.span];
      assert(theirs && ours, `${JSON.stringify(name)} did not come through`);
      const expected = [normalService(name), normalName(name), normalTag(name, 200) || undefined];
      assert.deepEqual(
        [ours.service, ours.name, ours.meta?.['env'] || undefined],
        expected,
        `${JSON.stringify(name)} changed behind ours, seed ${seed}`,
      );
      // lower case of few letters has another length in UTF-8; the Agent leaves those as they are
      if (!/[^\p{ASCII}éÉß漢字🍣Ωω]/u.test(name)) {
        assert.deepEqual(
          [theirs.service, theirs.name, theirs.meta?.['env'] || undefined],
          expected,
          `${JSON.stringify(name)}, seed ${seed}`,
        );
      }
    }
    await agent.forget();
  }
}
