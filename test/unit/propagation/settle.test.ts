import { createTraceState, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { attachTrace, attachW3cTrace } from '../../../src/propagation/remote-context.ts';
import { settle } from '../../../src/propagation/settle.ts';
import { localTraceOf } from '../../../src/trace/local-trace.ts';

const ids = { traceId: '66f2b52b000000004bf92f3577b34da6', spanId: '00f067aa0ba902b7' };
const settled = (spanContext: SpanContext) => settle(trace.setSpanContext(ROOT_CONTEXT, spanContext));

test('nothing without a valid span', () => {
  expect(settle(ROOT_CONTEXT)).toBeUndefined();
  expect(settled({ ...ids, spanId: '0'.repeat(16), traceFlags: 1 })).toBeUndefined();
});

test('a span of somebody else stays as it is', () => {
  const spanContext = { ...ids, traceFlags: 1, traceState: createTraceState('foo=1') };
  const before = { ...spanContext };
  expect(settled(spanContext)).toBe(spanContext);
  expect(spanContext).toEqual(before);
});

test('the outcome stands in the same object, each time', () => {
  const spanContext: SpanContext = { ...ids, traceFlags: 3, traceState: createTraceState('foo=1') };
  const local = attachTrace(spanContext);
  local.adopt(() => ({ priority: 0, mechanism: 1 }));
  expect(settled(spanContext)).toBe(spanContext);
  expect(spanContext.traceFlags).toBe(2);
  expect(spanContext.traceState!.serialize()).toBe(`dd=s:0;p:${ids.spanId},foo=1`);
  local.origin = 'rum';
  settled(spanContext);
  expect(spanContext.traceState!.serialize()).toBe(`dd=s:0;o:rum;p:${ids.spanId},foo=1`);
});

test('members that came with the trace go with a span that has none of its own', () => {
  const remote: SpanContext = { ...ids, traceFlags: 1, traceState: createTraceState('foo=1,dd=s:2'), isRemote: true };
  attachW3cTrace(remote);
  expect(localTraceOf(remote)).toMatchObject({ priority: 2, isInherited: true, otherFlags: 0, idHigh: '66f2b52b00000000' });
  const { traceState: _, ...child } = { ...remote, spanId: '1'.repeat(16), isRemote: false };
  expect(settled(child)!.traceState!.serialize()).toBe(`dd=s:2;p:${'1'.repeat(16)},foo=1`);
});

test('a context of another propagator without list goes by its flag', () => {
  const remote: SpanContext = { ...ids, traceFlags: 2, isRemote: true };
  attachW3cTrace(remote);
  expect(localTraceOf(remote)).toMatchObject({ priority: 0, isInherited: true, otherFlags: 2 });
});
