import { expect, test } from 'vitest';
import type { DatadogChunk } from '../../../../src/datadog/datadog-span.ts';
import { inParts, maxPartBytes, type PrintPart } from '../../../../src/proxy/upstream/in-parts.ts';
import type { IntakeBatch, Outcome } from '../../../../src/proxy/upstream/upstream.ts';
import { batch } from './served.ts';

const signal = AbortSignal.timeout(60_000);
/** A million bytes a span. */
const print: PrintPart = (chunks) => new Uint8Array(chunks.flat().length * 1_000_000);

function spans(count: number, tags = {}): DatadogChunk {
  const [span] = batch().chunks[0]!;
  return Array.from({ length: count }, (_, index) => ({ ...span!, spanLow: index + 1, meta: index ? {} : tags, metrics: {} }));
}

function setUp(...outcomes: Outcome[]) {
  const sent: (number | undefined)[][] = [];
  const upstream = inParts(print, async (body, chunks) => {
    expect(body.length).toBeLessThanOrEqual(maxPartBytes);
    sent.push(chunks.flat().map(({ spanLow }) => spanLow));
    return outcomes.shift() ?? { status: 'ok' };
  });
  return { sent, send: (chunks: DatadogChunk[], line = batch().line) => upstream({ ...batch(), line, chunks } as IntakeBatch, signal) };
}

const down: Outcome = { status: 'retry', code: 'upstream_503' };
const no: Outcome = { status: 'rejected', code: 'upstream_400' };

test('one trace is cut between spans, each part begins with its tags', async () => {
  const seen: DatadogChunk[] = [];
  const upstream = inParts(print, async (_, chunks) => {
    seen.push(...chunks);
    return { status: 'ok' };
  });
  const tags = { '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-3' };
  expect(await upstream({ ...batch(), chunks: [spans(7, tags)] }, signal)).toEqual({ status: 'ok' });
  expect(seen.map((chunk) => chunk.length)).toEqual([3, 2, 2]);
  for (const chunk of seen) expect(chunk[0]!.meta).toEqual(tags);
});

test('what was taken of a batch is not sent again, under whatever name it comes', async () => {
  const { sent, send } = setUp({ status: 'ok' }, down);
  expect(await send([spans(6)])).toEqual({ ...down, takenSpans: 3 });
  expect(await send([spans(6)], batch({ client: 'f'.repeat(32), attempt: 2 }).line)).toEqual({ status: 'ok' });
  expect(sent).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [4, 5, 6],
  ]);
  // once it is whole, nothing is remembered of it
  await send([spans(6)]);
  expect(sent).toHaveLength(5);
});

test('a part that is refused is counted, the rest goes on', async () => {
  expect(await setUp(no).send([spans(6)])).toEqual({ status: 'ok', rejectedSpans: 3 });
  expect(await setUp(no, no).send([spans(6)])).toEqual(no);
  expect(await setUp({ status: 'ok', rejectedSpans: 1 }, { status: 'ok', rejectedSpans: 2 }).send([spans(6)])).toEqual({
    status: 'ok',
    rejectedSpans: 3,
  });
  const later = setUp(no, down);
  await later.send([spans(6)]);
  expect(await later.send([spans(6)])).toEqual({ status: 'ok', rejectedSpans: 3 });
  expect(later.sent).toHaveLength(3);
});

test('a span that alone is too large is refused without a request', async () => {
  const upstream = inParts(
    () => new Uint8Array(maxPartBytes + 1),
    async () => expect.unreachable('sent') as never,
  );
  expect(await upstream({ ...batch(), chunks: [spans(2)] }, signal)).toEqual({ status: 'rejected', code: 'span_too_large' });
});

test('what cannot be printed is no half batch', async () => {
  const upstream = inParts(
    (chunks) => {
      if (chunks.flat().length === 3) throw new RangeError('0.5');
      return print(chunks, batch().line);
    },
    async () => expect.unreachable('sent') as never,
  );
  // the first half is cut once more, the second throws
  await expect(upstream({ ...batch(), chunks: [[...spans(2)], [...spans(3)]] }, signal)).rejects.toThrow('0.5');
});
