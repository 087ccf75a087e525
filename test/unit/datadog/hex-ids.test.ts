import { expect, test } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { parentIdOf, spanIdOf, traceIdOf } from '../../../src/datadog/hex-ids.ts';

const span = (over: Partial<DatadogSpan>): DatadogSpan =>
  ({ traceHigh: 0, traceLow: 0, spanHigh: 0, spanLow: 0, parentHigh: 0, parentLow: 0, meta: {}, ...over }) as DatadogSpan;

test('ids as hex, the high half of the trace id from whichever span has it', () => {
  const chunk = [span({ traceHigh: 1, traceLow: 0xffffffff }), span({ meta: { '_dd.p.tid': '66f2b52b00000000' } })];
  expect(traceIdOf(chunk)).toBe('66f2b52b0000000000000001ffffffff');
  expect(traceIdOf([span({ traceLow: 5, meta: { '_dd.p.tid': 'nonsense' } })])).toBe('00000000000000000000000000000005');
  expect(traceIdOf([])).toBe('0'.repeat(32));
  expect(spanIdOf(span({ spanHigh: 0x200000, spanLow: 1 }))).toBe('0020000000000001');
  expect(parentIdOf(span({}))).toBe('');
  expect(parentIdOf(span({ parentLow: 1 }))).toBe('0000000000000001');
});
