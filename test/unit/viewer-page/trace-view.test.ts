import { expect, test } from 'vitest';
import { createTraceBook } from '../../../src/viewer/page/trace-book.ts';
import { changesAt, createTraceView, isClockStopped, isErrorOrigin, selfRanges } from '../../../src/viewer/page/trace-view.ts';
import { createWaterfallState, reveal, setFolded, visibleNodes, zoomTo } from '../../../src/viewer/page/waterfall-state.ts';
import { createSpan, originNano, traceId } from './spans.ts';

const id = (text: string): string => text.padStart(16, '0');
const spans = [
  createSpan('a', 0, 100, { error: 1 }),
  createSpan('b', 10, 40, { parentId: id('a'), service: 'api', runtime: 'workerd', client: 'b'.repeat(32), error: 1 }),
  createSpan('c', 20, 10, { parentId: id('b'), service: 'api', runtime: 'workerd', client: 'b'.repeat(32) }),
  createSpan('d', 60, 0, { parentId: id('a'), service: 'api', runtime: 'workerd', client: 'b'.repeat(32) }),
  createSpan('e', 120, 5, { parentId: id('a') }),
  createSpan('f', 121, 2, { parentId: id('e') }),
  createSpan('g', 30, 2, { parentId: id('9'), service: 'cart' }),
];
const view = createTraceView(spans, false);
const node = (spanId: string) => view.tree.nodes.find((candidate) => candidate.spanId === id(spanId))!;

test('self time is summed by service and runtime in the order in which they appear', () => {
  // a 100 without b 40, e 5 without f 2, f 2 · b 40 without c 10, c 10 · g 2
  expect(view.services).toEqual([
    { key: 'shop-web', selfNano: 65e6 },
    { key: 'api', selfNano: 40e6 },
    { key: 'cart', selfNano: 2e6 },
  ]);
  expect(view.runtimes.map((share) => share.key)).toEqual(['browser', 'workerd']);
});

test('a bar is full where no child covers it', () => {
  expect(selfRanges(node('a'), 0)).toEqual([
    [0, 10e6],
    [50e6, 60e6],
    [60e6, 100e6],
  ]);
  expect(selfRanges(node('c'), 0)).toEqual([[20e6, 30e6]]);
  expect(selfRanges(node('d'), 0)).toEqual([]);
});

test('late goes down to what is below, error origin up to where it began', () => {
  expect([...view.late].map((late) => late.spanId)).toEqual([id('e'), id('f')]);
  expect([isErrorOrigin(node('a')), isErrorOrigin(node('b')), isErrorOrigin(node('c'))]).toEqual([false, true, false]);
  expect(view.failed.map((failed) => failed.spanId)).toEqual([id('a'), id('b')]);
});

test('service and runtime are said where they change; a ghost takes those of its children', () => {
  expect(changesAt(node('a'))).toEqual({ service: true, runtime: true });
  expect(changesAt(node('b'))).toEqual({ service: true, runtime: true });
  expect(changesAt(node('c'))).toEqual({ service: false, runtime: false });
  expect(view.ghostCount).toBe(1);
  expect(changesAt(node('9'))).toEqual({ service: true, runtime: true });
  expect(changesAt(node('g'))).toEqual({ service: false, runtime: false });
});

test('the critical path is that of the trace, not of what hangs on a missing parent', () => {
  expect(node('a').critical.length).toBeGreaterThan(0);
  expect(node('g').critical).toEqual([]);
});

test('only workerd stops its clock', () => {
  expect([isClockStopped(node('d')), isClockStopped(node('c'))]).toEqual([true, false]);
});

test('folding hides what is below, revealing shows it again, zoom stays inside', () => {
  const state = createWaterfallState('');
  setFolded(state, id('b'), true);
  setFolded(state, id('e'), true);
  expect(visibleNodes(view, state.folded.value).map((shown) => shown.spanId)).toEqual(['a', 'b', 'd', 'e', '9', 'g'].map(id));
  reveal(state, node('f'));
  expect(visibleNodes(view, state.folded.value).map((shown) => shown.spanId)).toEqual(['a', 'b', 'd', 'e', 'f', '9', 'g'].map(id));
  zoomTo(state, view, node('a'));
  expect(state.zoom.value).toEqual([0, 110e6]);
});

test('the book works a trace out once per change, and a replay keeps its order', () => {
  const book = createTraceBook();
  book.add(spans);
  const entry = book.entries.get(traceId)!;
  const before = book.summary(entry);
  expect(book.summary(entry)).toBe(before);
  expect(before).toMatchObject({ id: traceId, spanCount: 7, errorCount: 2, duration: 125e6, resource: 'a', startNano: String(originNano) });
  book.add([createSpan('9', 29, 5, { parentId: id('a'), service: 'cart' })]);
  expect(book.summary(entry)).not.toBe(before);
  expect(book.view(entry, false).ghostCount).toBe(0);
  book.add([createSpan('1', 0, 1, { traceId: 'f'.repeat(32) })]);
  book.replace([createSpan('1', 0, 1, { traceId: 'f'.repeat(32) }), ...spans]);
  expect([...book.entries.values()].map(({ order }) => order)).toEqual([1, 0]);
  book.remove([traceId]);
  expect(book.entries.size).toBe(1);
});
