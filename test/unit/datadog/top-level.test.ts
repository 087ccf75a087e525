import { expect, test } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { markTopLevel } from '../../../src/datadog/top-level.ts';

const span = (spanLow: number, parentLow: number, service = 'a'): DatadogSpan =>
  ({ spanHigh: 1, spanLow, parentHigh: parentLow && 1, parentLow, service, metrics: {} }) as unknown as DatadogSpan;

test('marks what an Agent would: roots, orphans, and children of another service', () => {
  const chunk = [span(1, 0), span(2, 1), span(3, 1, 'b'), span(4, 3, 'b'), span(5, 99)];
  markTopLevel(chunk);
  expect(chunk.map(({ metrics }) => metrics['_dd.top_level'])).toEqual([1, undefined, 1, undefined, 1]);
});
