import { expect, test } from 'vitest';
import type { TraceTree } from '../../../src/viewer/trace-tree.ts';
import { buildTraceTree } from '../../../src/viewer/trace-tree.ts';
import { viewerSpan as span } from './spans.ts';

const rows = (tree: TraceTree): string[] => tree.nodes.map((node) => `${' '.repeat(node.depth)}${node.span?.resource ?? '?'}`);
const row = (tree: TraceTree, resource: string) => tree.nodes.find((node) => node.span?.resource === resource)!;
const client = { meta: { 'span.kind': 'client' } };
const server = { meta: { 'span.kind': 'server' }, client: 'd'.repeat(32) };

test('children stand under their parents, ordered by start, whatever the order they came in', () => {
  const tree = buildTraceTree([span('3', '1', 50, 90), span('4', '2', 12, 18), span('2', '1', 10, 40), span('1', '', 0, 100)]);
  expect(rows(tree)).toEqual(['1', ' 2', '  4', ' 3']);
  expect(tree.roots).toHaveLength(1);
  expect(tree.durationNano).toBe(100);
  expect(tree.originNano).toBe('1795477916860123047');
});

test('a parent that was not received is a ghost around its children', () => {
  const tree = buildTraceTree([span('2', '9', 10, 40), span('3', '9', 30, 60)]);
  expect(rows(tree)).toEqual(['?', ' 2', ' 3']);
  expect(tree.roots[0]).toMatchObject({ spanId: '0000000000000009', span: undefined, startNano: 0, endNano: 50, selfNano: 0 });
});

test('the ghost becomes the real row when the span comes', () => {
  expect(rows(buildTraceTree([span('2', '9', 10, 40), span('9', '', 0, 50)]))).toEqual(['9', ' 2']);
});

test('a cycle is opened at its earliest span, a span that is its own parent is a root', () => {
  expect(rows(buildTraceTree([span('1', '2', 5, 9), span('2', '1', 0, 10)]))).toEqual(['2', ' 1']);
  expect(rows(buildTraceTree([span('1', '1', 0, 10)]))).toEqual(['1']);
});

test('the later of two spans with one id counts', () => {
  expect(rows(buildTraceTree([span('1', '', 0, 10), span('1', '', 0, 10, { resource: 'again' })]))).toEqual(['again']);
});

test('self time is what no child covers, overlaps counted once, ends clipped', () => {
  const tree = buildTraceTree([span('1', '', 0, 100), span('2', '1', 10, 40), span('3', '1', 30, 60), span('4', '1', 90, 150)]);
  expect(row(tree, '1').selfNano).toBe(40);
  expect(row(tree, '4').selfNano).toBe(60);
});

test('a span that begins after its parent ended is late, not widening it', () => {
  const tree = buildTraceTree([span('1', '', 0, 100), span('2', '1', 130, 160)]);
  expect(row(tree, '2').lateNano).toBe(30);
  expect(row(tree, '1')).toMatchObject({ endNano: 100, selfNano: 100 });
  expect(row(tree, '2').critical).toEqual([]);
});

test('a callee on a clock that is off is moved into its caller, and what is below it with it', () => {
  const spans = [
    span('1', '', 0, 1000),
    span('2', '1', 100, 300, client),
    span('3', '2', 5000, 5100, server),
    span('4', '3', 5010, 5020, { client: 'd'.repeat(32) }),
  ];
  const tree = buildTraceTree(spans);
  expect(row(tree, '3')).toMatchObject({ startNano: 150, endNano: 250, offsetNano: -4850, network: { beforeNano: 50, afterNano: 50 } });
  expect(row(tree, '4')).toMatchObject({ startNano: 160, endNano: 170, network: undefined });
  expect(tree.offsets).toEqual(new Map([['d'.repeat(32), -4850]]));
  const raw = buildTraceTree(spans, { rawClocks: true });
  expect(row(raw, '3')).toMatchObject({ startNano: 5000, offsetNano: 0, network: undefined });
});

test('one offset serves every call between two processes, and none is used where everything fits', () => {
  const two = buildTraceTree([
    span('1', '', 0, 1000),
    span('2', '1', 100, 300, client),
    span('3', '2', 600, 700, server),
    span('5', '1', 400, 500, client),
    span('6', '5', 870, 960, server),
  ]);
  expect([row(two, '3').offsetNano, row(two, '6').offsetNano]).toEqual([-465, -465]);
  expect(row(two, '3').startNano).toBeGreaterThanOrEqual(100);
  expect(row(two, '6').endNano).toBeLessThanOrEqual(500);
  const fits = buildTraceTree([span('2', '', 100, 300, client), span('3', '2', 120, 290, server)]);
  expect(fits.offsets.size).toBe(0);
  expect(row(fits, '3').network).toEqual({ beforeNano: 20, afterNano: 10 });
});

test('a callee that outlasts its caller is only kept from beginning before it', () => {
  const before = buildTraceTree([span('2', '', 100, 200, client), span('3', '2', 50, 400, server)]);
  expect(row(before, '3').startNano).toBe(row(before, '2').startNano);
  const after = buildTraceTree([span('2', '', 100, 200, client), span('3', '2', 150, 400, server)]);
  expect(row(after, '3').offsetNano).toBe(0);
});

test('work that a consumer does later is not taken for a wrong clock', () => {
  const tree = buildTraceTree([
    span('2', '', 100, 200, { meta: { 'span.kind': 'producer' } }),
    span('3', '2', 900, 950, { meta: { 'span.kind': 'consumer' }, client: 'd'.repeat(32) }),
  ]);
  expect(tree.offsets.size).toBe(0);
  expect(row(tree, '3').lateNano).toBe(700);
});

test('the critical path runs through the child that ended last, and covers the root once', () => {
  const tree = buildTraceTree([
    span('1', '', 0, 100),
    span('2', '1', 10, 60),
    span('3', '1', 20, 90),
    span('4', '3', 30, 85),
    span('5', '1', 5, 15),
  ]);
  expect(row(tree, '1').critical).toEqual([
    [0, 5],
    [15, 20],
    [90, 100],
  ]);
  expect(row(tree, '3').critical).toEqual([
    [20, 30],
    [85, 90],
  ]);
  expect(row(tree, '4').critical).toEqual([[30, 85]]);
  expect(row(tree, '5').critical).toEqual([[5, 15]]);
  expect(row(tree, '2').critical).toEqual([]);
  const total = tree.nodes.flatMap((node) => node.critical).reduce((sum, [from, to]) => sum + to - from, 0);
  expect(total).toBe(100);
});

test('ten thousand spans, as a chain and side by side, take less than a second', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) => span((index + 1).toString(16), index.toString(16), index, 20_000 - index));
  const wide = Array.from({ length: 10_000 }, (_, index) => span((index + 2).toString(16), '1', index, index + 5));
  // The least of three: the machine has other things to do.
  const times = [1, 2, 3].map(() => {
    const before = performance.now();
    expect(buildTraceTree(chain).nodes.at(-1)?.depth).toBe(10_000);
    expect(buildTraceTree([span('1', '', 0, 10_005), ...wide]).nodes).toHaveLength(10_001);
    return performance.now() - before;
  });
  expect(Math.min(...times)).toBeLessThan(1000);
});

test('no spans give an empty tree', () => {
  expect(buildTraceTree([])).toMatchObject({ roots: [], nodes: [], durationNano: 0, originNano: '0' });
});
