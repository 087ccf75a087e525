import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatadogChunk, DatadogSpan } from '../../src/datadog/datadog-span.ts';
import { decodeTraces } from '../../src/datadog/decode.ts';
import { encodeTraces } from '../../src/datadog/encode-traces.ts';
import { readEvents } from '../../src/datadog/read-events.ts';
import { createHostInflate } from '../../src/proxy/host-inflate.ts';
import { inflateGzip } from '../../src/proxy/inflate.ts';
import { createMetrics } from '../../src/proxy/metrics.ts';
import { openSpoolDirectory } from '../../src/proxy/spool/open-directory.ts';
import { consumeQueue, queueSpool } from '../../src/proxy/spool/queue-spool.ts';
import type { SpoolReport } from '../../src/proxy/spool/spool.ts';
import type { IntakeBatch } from '../../src/proxy/upstream/upstream.ts';
import { batch } from '../unit/proxy/upstream/served.ts';

let directory = '';
let opened: Awaited<ReturnType<typeof openSpoolDirectory>>;
let broughtBack: IntakeBatch[] = [];
beforeAll(async () => {
  directory = await fs.mkdtemp(join(tmpdir(), 'spooled-'));
  opened = await openSpoolDirectory({ directory, fs });
  opened.spool.start!(async (one) => {
    broughtBack.push(one);
    return { status: 'ok' };
  });
});
afterAll(async () => {
  await opened.spool.close!();
  await fs.rm(directory, { recursive: true });
});

/** A text that compresses as well as it can, as badly as it can, or is odd. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.nat(25_000).map((length) => ' '.repeat(length)) },
  {
    weight: 1,
    arbitrary: fc.nat(9_000).map((length) => Buffer.from(crypto.getRandomValues(new Uint8Array(length))).toString('base64')),
  },
);
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(1e20, -1e20, 5e-324, 2 ** 53));
const key = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 });

const shape = fc.record({
  meta: fc.dictionary(key, text, { maxKeys: 12 }),
  metrics: fc.dictionary(key, number, { maxKeys: 6 }),
  eventCount: fc.nat(4),
});
/** Traces by the number of their spans: many small ones, few, one above any envelope, many that are large together. */
const traces = fc.tuple(
  fc.oneof(
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }),
    fc.constantFrom([1_000], [1_500], [400, 400, 400], [1]),
  ),
  fc.array(shape, { minLength: 1, maxLength: 3 }),
  fc.boolean(),
);

function makeChunks([counts, shapes, isLarge]: typeof traces extends fc.Arbitrary<infer T> ? T : never): DatadogChunk[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let spanLow = 0;
  const chunks = counts.map((count, traceIndex) =>
    Array.from({ length: count }, (_, index): DatadogSpan => {
      spanLow++;
      const { meta, metrics, eventCount } = shapes[spanLow % shapes.length]!;
      // Up to what an envelope may hold: 2 MiB.
      const noise = isLarge ? crypto.randomUUID().repeat(Math.min(600, Math.floor(1_500_000 / total / 36))) : undefined;
      const small = total > 50 ? Object.fromEntries(Object.entries(meta).map(([name, value]) => [name, value.slice(0, 100)])) : meta;
      const first = index === 0 ? { '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-0' } : {};
      return {
        service: 'shop',
        name: 'n',
        resource: 'r',
        type: '',
        traceHigh: 1,
        traceLow: traceIndex + 1,
        spanHigh: 0xffffffff,
        spanLow,
        parentHigh: 0,
        parentLow: 0,
        startSeconds: 1_727_211_691,
        startNanos: 1,
        durationSeconds: 0,
        durationNanos: 7,
        error: 0,
        meta: { ...small, ...(noise === undefined ? {} : { noise }), ...first },
        metrics: { ...metrics, ...(index === 0 ? { _sampling_priority_v1: 1 } : {}) },
        events: Array.from({ length: eventCount }, (_, event) => ({
          name: `e${event}`,
          seconds: 1_727_211_691,
          nanos: event,
          attributes: { n: event },
        })),
        links: undefined,
      } as DatadogSpan;
    }),
  );
  // As it is when it was read.
  const read = decodeTraces(encodeTraces(chunks), { maxSpanCount: 100_000 }) as DatadogChunk[];
  for (const chunk of read) chunk.forEach(readEvents);
  return read;
}

let seq = 0;
const report: SpoolReport = { dropped: () => expect.unreachable('dropped'), forgotten: () => {} };

test('what a directory says it keeps comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(traces, async (made) => {
      const chunks = makeChunks(made);
      broughtBack = [];
      expect(await opened.spool.put({ ...batch({ seq: ++seq }), chunks }, report)).toBe(true);
      for (let count = 0; count < 2_000 && opened.spool.size!().batches > 0; count++)
        await new Promise((resolve) => setTimeout(resolve, 5));
      expect(broughtBack).toHaveLength(1);
      expect(broughtBack[0]!.chunks).toEqual(chunks);
      expect(broughtBack[0]!.line.spans).toBe(chunks.flat().length);
    }),
    { numRuns: 20 },
  );
}, 60_000);

test('what a queue says it keeps comes back, span by span, each part with the trace’s tags', async () => {
  const inflates = [inflateGzip, createHostInflate(zlib)];
  await fc.assert(
    fc.asyncProperty(traces, async (made) => {
      const chunks = makeChunks(made);
      const sent: Uint8Array[] = [];
      const spool = queueSpool({ send: async (body) => sent.push(new Uint8Array(body as ArrayBuffer)) });
      expect(await spool.put({ ...batch({ seq: ++seq }), chunks }, report)).toBe(true);
      const got: IntakeBatch[] = [];
      const keys = new Set<string>();
      const messages = sent.map((body, index) => ({
        id: `${index}`,
        body,
        attempts: 1,
        ack: () => {},
        retry: () => expect.unreachable('again'),
      }));
      await consumeQueue(
        { queue: 'spans', messages },
        {
          once: (name, run) => {
            keys.add(name);
            return run();
          },
          handOn: async (one) => {
            got.push(one);
            return { status: 'ok' };
          },
          inflate: inflates[seq % 2]!,
          metrics: createMetrics(),
          log: () => {},
          random: Math.random,
          now: Date.now,
        },
      );
      expect(keys.size).toBe(sent.length);
      for (const one of got)
        for (const [first] of one.chunks)
          expect([first!.meta['_dd.p.tid'], first!.metrics['_sampling_priority_v1']]).toEqual(['66f2b52b00000000', 1]);
      const bySpan = (given: readonly DatadogChunk[]): DatadogSpan[] =>
        given
          .flat()
          .toSorted((a, b) => a.spanLow - b.spanLow)
          .map((span) => ({ ...span, meta: withoutTraceTags(span.meta), metrics: withoutTraceTags(span.metrics) }));
      expect(bySpan(got.flatMap((one) => one.chunks))).toEqual(bySpan(chunks));
    }),
    { numRuns: 20 },
  );
}, 60_000);

function withoutTraceTags<T>(tags: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith('_dd.p.') && name !== '_sampling_priority_v1'));
}
