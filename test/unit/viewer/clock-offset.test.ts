import { expect, test } from 'vitest';
import { clockOffsets, processOf } from '../../../src/viewer/clock-offset.ts';
import { buildTraceTree } from '../../../src/viewer/trace-tree.ts';
import { viewerSpan } from './spans.ts';

test('a third process is moved with the one that calls it', () => {
  const [worker, deno] = ['d'.repeat(32), 'e'.repeat(32)];
  const kind = (value: string) => ({ 'span.kind': value });
  const spans = [
    viewerSpan('1', '', 100, 300, { meta: kind('client') }),
    viewerSpan('2', '1', 1_120, 1_280, { meta: kind('server'), client: worker }),
    viewerSpan('3', '2', 1_150, 1_250, { meta: kind('client'), client: worker }),
    viewerSpan('4', '3', 160, 240, { meta: kind('server'), client: deno }),
  ];
  const { nodes } = buildTraceTree(spans, { rawClocks: true });
  expect(clockOffsets(nodes)).toEqual(new Map([[worker, -1_000]]));
  expect(buildTraceTree(spans).nodes.map((node) => node.startNano)).toEqual([0, 20, 50, 60]);
});

test('without a client id, service and runtime stand for the process', () => {
  expect(processOf(viewerSpan('1', '', 0, 1, { client: '', service: 'a', runtime: 'node' }))).not.toBe(
    processOf(viewerSpan('1', '', 0, 1, { client: '', service: 'b', runtime: 'node' })),
  );
});
