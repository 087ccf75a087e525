import { expect, test } from 'vitest';
import { encodeTraces } from '../../../src/datadog/encode-traces.ts';
import { cutToBatches } from '../../../src/proxy/cut-batch.ts';
import { maxInflatedBytes, maxRequestSpans } from '../../../src/trace/limits.ts';
import { fullBatch } from './upstream/served.ts';

const [span] = fullBatch().chunks[0]!;
const trace = (traceLow: number, spanCount: number, noteLength = 1) =>
  Array.from({ length: spanCount }, (_, spanLow) => ({
    ...span!,
    traceLow,
    spanLow,
    meta: { ...(spanLow === 0 && span!.meta), note: 'x'.repeat(noteLength) },
    metrics: spanLow === 0 ? span!.metrics : {},
  }));

const spansOf = (batches: ReturnType<typeof cutToBatches>) => batches.flatMap(({ chunks }) => chunks.flat());

function check(batches: ReturnType<typeof cutToBatches>): void {
  for (const { chunks, spanCount, byteCount } of batches) {
    expect(chunks.flat().length).toBeLessThanOrEqual(maxRequestSpans);
    expect(spanCount).toBe(chunks.flat().length);
    expect(encodeTraces(chunks).length).toBeLessThanOrEqual(byteCount);
    expect(byteCount).toBeLessThanOrEqual(maxInflatedBytes);
    for (const [first] of chunks)
      expect(first).toMatchObject({ meta: { '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-0' }, metrics: { _sampling_priority_v1: 1 } });
  }
}

test('whole traces together, as many as fit', () => {
  const batches = cutToBatches([trace(1, 400), trace(2, 400), trace(3, 400)]);
  check(batches);
  expect(batches.map(({ chunks }) => chunks.map((chunk) => chunk.length))).toEqual([[400, 400], [400]]);
});

test('a trace of more spans than an envelope may have is cut, each part with the trace’s tags, in order', () => {
  const batches = cutToBatches([trace(1, 2_500)]);
  check(batches);
  expect(spansOf(batches).map(({ spanLow }) => spanLow)).toEqual(Array.from({ length: 2_500 }, (_, index) => index));
});

test('and so is one of more bytes', () => {
  const batches = cutToBatches([trace(1, 600, 9_000), trace(2, 100, 9_000)]);
  check(batches);
  expect(batches.length).toBeGreaterThanOrEqual(4);
  expect(spansOf(batches)).toHaveLength(700);
});

test('nothing is nothing', () => {
  expect(cutToBatches([])).toEqual([]);
});
