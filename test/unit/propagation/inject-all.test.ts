import { defaultTextMapSetter, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { injectAll } from '../../../src/propagation/inject-all.ts';
import { attachTrace } from '../../../src/propagation/remote-context.ts';
import { traceContextWith } from '../../../src/propagation/trace-context-core.ts';

test('every propagator gets the same settled context, a decision is made once', () => {
  const spanContext: SpanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
  let count = 0;
  attachTrace(spanContext).adopt(() => ({ priority: ++count, mechanism: 0 }));
  const seen: string[] = [];
  const propagator = traceContextWith((state) => {
    seen.push(state.serialize());
    return '';
  });
  const carrier: Record<string, string> = {};
  injectAll([propagator, propagator], false, trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier, defaultTextMapSetter);
  expect(seen).toEqual(Array(2).fill(`dd=s:1;p:${'2'.repeat(16)};t.dm:-0`));
  expect(carrier).toEqual({ traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` });
  expect(count).toBe(1);
});
