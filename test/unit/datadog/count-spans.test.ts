import { expect, test } from 'vitest';
import { countSpans } from '../../../src/datadog/count-spans.ts';
import { decodeTraces, isRefusal } from '../../../src/datadog/decode.ts';

test('spans of all chunks, none where there are none', () => {
  const span = (trace: number, id: number): string => `{"trace_id":${trace},"span_id":${id}}`;
  const chunks = decodeTraces(`[[${span(1, 1)},${span(1, 2)}],[${span(2, 3)}]]`);
  if (isRefusal(chunks)) throw new Error(chunks.error);
  expect(countSpans(chunks)).toBe(3);
  expect(countSpans([])).toBe(0);
});
