import { expect, test } from 'vitest';
import { findHints } from '../../../src/viewer/page/hints.ts';
import { createTraceView } from '../../../src/viewer/page/trace-view.ts';
import type { ViewerClient, ViewerSpan } from '../../../src/viewer/viewer-span.ts';
import { createSpan } from './spans.ts';

const id = (text: string): string => text.padStart(16, '0');
const hintsOf = (spans: ViewerSpan[], clients: ViewerClient[] = []) => findHints(createTraceView(spans, false), clients);
const reads = (ats: number[], name = 'kv.get') => ats.map((at, index) => createSpan(`b${index}`, at, 10, { parentId: id('a'), name }));
const root = createSpan('a', 0, 100);

test('calls one after another that could run at once', () => {
  expect(hintsOf([root, ...reads([10, 20, 31, 41])])).toEqual([
    { text: '4 kv.get one after another, 41 ms: start them at once', spanId: id('b0') },
  ]);
});

test('two calls, overlapping calls, own steps and short rows are no reason', () => {
  expect(hintsOf([root, ...reads([10, 20])])).toEqual([]);
  expect(hintsOf([root, ...reads([10, 15, 20, 25])])).toEqual([]);
  expect(hintsOf([root, ...reads([10, 20, 30], 'internal')])).toEqual([]);
  expect(hintsOf([createSpan('a', 0, 10_000), ...reads([10, 20, 30])])).toEqual([]);
});

test('failures that cost time, counted where they began', () => {
  const failed = { parentId: id('c'), resource: 'POST /charge', error: 1 as const };
  const caller = createSpan('c', 0, 95, { parentId: id('a'), error: 1 });
  expect(hintsOf([root, caller, createSpan('d', 0, 30, failed), createSpan('e', 40, 20, failed)])).toEqual([
    { text: 'POST /charge failed 2 times: 50 ms, 50 % of the trace', spanId: id('d') },
  ]);
  expect(hintsOf([root, createSpan('d', 0, 5, { ...failed, parentId: id('a') })])).toEqual([]);
});

test('missing parents with what their client lost', () => {
  const orphan = createSpan('f', 10, 5, { parentId: id('9'), service: 'cart' });
  const text = 'Parent of 1 span missing';
  expect(hintsOf([root, orphan])).toEqual([{ text, spanId: id('9') }]);
  const client = { service: 'cart', dropped: { queue_full: 9 }, spans: 1, bytes: 1, notSampled: 0 } as unknown as ViewerClient;
  expect(hintsOf([root, orphan], [client])).toEqual([{ text: `${text}; cart lost 9 spans (queue_full 9)`, spanId: id('9') }]);
});
