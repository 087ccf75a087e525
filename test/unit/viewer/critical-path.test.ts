import fc from 'fast-check';
import { expect, test } from 'vitest';
import { markCriticalPath } from '../../../src/viewer/critical-path.ts';
import { buildTraceTree } from '../../../src/viewer/trace-tree.ts';
import { viewerSpan } from './spans.ts';

const tree = fc.array(fc.record({ parent: fc.nat(), from: fc.nat(1_000), length: fc.nat(500) }), { minLength: 0, maxLength: 40 });

test('whatever the tree: the path covers the root exactly once, without overlap', () => {
  fc.assert(
    fc.property(tree, (rows) => {
      const spans = [viewerSpan('1', '', 0, 1_000)];
      rows.forEach(({ parent, from, length }, index) => {
        spans.push(viewerSpan((index + 2).toString(16), ((parent % (index + 1)) + 1).toString(16), from, from + length));
      });
      const { roots, nodes } = buildTraceTree(spans);
      const parts = nodes.flatMap((node) => node.critical).sort((a, b) => a[0] - b[0]);
      expect(parts.reduce((sum, [from, to]) => sum + to - from, 0)).toBe(1_000);
      parts.forEach(([from], index) => {
        if (index > 0) expect(from).toBe(parts[index - 1]![1]);
      });
      for (const node of nodes) for (const [from, to] of node.critical) expect(from >= node.startNano && to <= node.endNano).toBe(true);
      expect(roots).toHaveLength(1);
    }),
  );
});

test('a ghost has no time of its own', () => {
  const { roots } = buildTraceTree([viewerSpan('2', '9', 0, 10), viewerSpan('3', '9', 20, 30)]);
  for (const child of roots[0]!.children) child.critical = [];
  markCriticalPath(roots[0]!);
  expect(roots[0]!.critical).toEqual([]);
  expect(roots[0]!.children.map((child) => child.critical)).toEqual([[[0, 10]], [[20, 30]]]);
});
