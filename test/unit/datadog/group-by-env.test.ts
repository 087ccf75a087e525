import { expect, test } from 'vitest';
import type { DatadogChunk, DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { groupByEnv } from '../../../src/datadog/group-by-env.ts';

const span = (meta: Record<string, string>, parentLow = 0): DatadogSpan => ({ meta, parentHigh: 0, parentLow }) as unknown as DatadogSpan;

test('chunks by env and version, the root’s, else the first that is said', () => {
  const chunks: DatadogChunk[] = [
    [span({ env: 'prod', version: '1' })],
    [span({ env: 'staging', version: '1' })],
    [span({}, 7), span({ env: 'prod' }, 7), span({ version: '1' }, 7)],
    [span({ env: 'staging' }, 7), span({ env: 'prod', version: '1' })],
    [span({ env: 'prod' })],
    [span({})],
  ];
  expect(groupByEnv(chunks)).toEqual([[chunks[0], chunks[2], chunks[3]], [chunks[1]], [chunks[4]], [chunks[5]]]);
  expect(groupByEnv([])).toEqual([]);
});

test('a batch that tells of a thousand is no thousand requests, and loses none', () => {
  const groups = groupByEnv(Array.from({ length: 1_000 }, (_, index) => [span({ env: `${index}` })]));
  expect([groups.length, groups.flat().length]).toEqual([8, 1_000]);
});
