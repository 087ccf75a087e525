import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import type { IntakeBatch, Outcome } from '../../../src/proxy/upstream/upstream.ts';
import { batch } from './upstream/served.ts';

const secret = 'a-secret-of-metrics';
/** A quarter of its length once compressed: within a request, above 256 KiB as a span. */
const bases = (length: number): string => Array.from(randomBytes(length), (byte) => 'acgt'[byte & 3]).join('');
const large = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`k${index}`, bases(20_000)]));
const span = (spanId: number, meta: object): string =>
  `{"trace_id":5,"span_id":${spanId},"start":1795477916860123047,"duration":1,"meta":${JSON.stringify(meta)}}`;

function setUp(outcomes: Outcome[] = []) {
  const got: IntakeBatch[] = [];
  const proxy = createIntakeProxy({
    upstream: async (one) => {
      got.push(one);
      return outcomes.shift() ?? { status: 'ok' };
    },
    allowOrigins: [],
    allowServers: true,
    auth: 'none',
    metricsSecret: secret,
    log: () => {},
    now: () => 1_795_477_916_860,
    redact: 'none',
  });
  const send = async (text: string, spans: number) => {
    const { line } = batch({ raw: Buffer.byteLength(text), spans, seq: 1, enc: 'gzip' });
    const body = Uint8Array.from([...new TextEncoder().encode(formatEnvelopeLine(line)), ...gzipSync(text)]);
    return (await proxy.fetch(new Request('http://proxy.test/t', { method: 'POST', body }))).status;
  };
  const counted = async (): Promise<string> => {
    const headers = { Authorization: `Bearer ${secret}` };
    const text = await (await proxy.fetch(new Request('http://proxy.test/metrics', { headers }))).text();
    return [...text.matchAll(/^edgespan_((?:batches_accepted|spans_(?:accepted|dropped|delivered))_total\S* \d+)$/gm)]
      .map(([, line]) => line)
      .join('; ');
  };
  return { got, send, counted };
}

test('a span above 256 KiB does not take its neighbours with it', async () => {
  const { got, send, counted } = setUp([{ status: 'retry', code: 'upstream_503' }]);
  const text = `[[${span(1, { a: 'b' })}],[${span(2, large).replace('"trace_id":5', '"trace_id":6')}]]`;
  expect(await send(text, 2)).toBe(503);
  expect(await send(text, 2)).toBe(202);
  expect(await counted()).toBe(
    'batches_accepted_total 1; spans_accepted_total 1; spans_delivered_total 1; spans_dropped_total{reason="oversize"} 1',
  );
  const { line, chunks } = got[1]!;
  expect(line.spans).toBe(1);
  expect(chunks).toMatchObject([[{ spanLow: 1 }]]);
});

test('a batch of which nothing is left is taken and counted, and nobody is asked', async () => {
  const { got, send, counted } = setUp();
  expect(await send(`[[${span(1, large)}]]`, 1)).toBe(202);
  expect(got).toEqual([]);
  expect(await counted()).toBe(
    'batches_accepted_total 1; spans_accepted_total 0; spans_delivered_total 0; spans_dropped_total{reason="oversize"} 1',
  );
});
