// Headers in, a span of our tracer, headers out: what the styles and the tracer have to agree on.
import { defaultTextMapGetter, defaultTextMapSetter, type Span as OtelSpan, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { baggage } from '../../../src/propagation/baggage.ts';
import { type CompositeOptions, composite } from '../../../src/propagation/composite.ts';
import { datadog } from '../../../src/propagation/datadog.ts';
import { leanTraceContext } from '../../../src/propagation/lean-trace-context.ts';
import { traceContext } from '../../../src/propagation/trace-context.ts';
import { Clock } from '../../../src/trace/clock.ts';
import { IdGenerator } from '../../../src/trace/id-generator.ts';
import { defaultSpanLimits } from '../../../src/trace/limits.ts';
import type { SpanData } from '../../../src/trace/span-data.ts';
import { TracerProvider } from '../../../src/trace/tracer-provider.ts';

function callThrough(headers: Record<string, string>, options: CompositeOptions = {}, priority = 2) {
  const provider = new TracerProvider();
  const spans: SpanData[] = [];
  provider.tracing = {
    resource: { service: 'service', env: '', version: '', tags: {} },
    clock: new Clock(performance, Date.now),
    ids: new IdGenerator((words) => crypto.getRandomValues(words)),
    limits: defaultSpanLimits,
    sampler: undefined,
    decide: () => ({ priority, mechanism: 3 }),
    onAttribute: () => {},
    processor: { onEnd: (span) => void spans.push(span) },
  };
  const propagator = composite({ propagators: [datadog(), traceContext(), baggage()], ...options });
  const tracer = provider.getTracer('test');
  const incoming = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  const server: OtelSpan = tracer.startSpan('server', {}, incoming);
  const client = tracer.startSpan('client', {}, trace.setSpan(incoming, server));
  const sent: Record<string, string> = {};
  propagator.inject(trace.setSpan(incoming, client), sent, defaultTextMapSetter);
  client.end();
  server.end();
  return { sent, client: client.spanContext(), server: spans[1]!, inner: spans[0]! };
}

const remote = {
  'x-datadog-trace-id': '1',
  'x-datadog-parent-id': '1',
  'x-datadog-sampling-priority': '1',
  'x-datadog-origin': 'rum',
  'x-datadog-tags': '_dd.p.tid=1111111111111111,_dd.p.dm=-4,_dd.p.usr.id=baz64==',
  traceparent: '00-11111111111111110000000000000001-0000000000000002-03',
  tracestate: 'foo=1,dd=s:1;p:000000000000000a;t.dm:-4',
  baggage: 'user.id=u,other=1',
};

test('a trace that came goes on: ids of 128 bits, priority, origin, tags, random flag, members of others, baggage', () => {
  const { sent, client, server } = callThrough(remote);
  expect([server.parentHigh, server.parentLow, server.isLocalRoot]).toEqual([0, 2, true]);
  expect(server.trace).toMatchObject({ priority: 1, isInherited: true, lastParentId: '000000000000000a' });
  expect(server.trace.tags['baggage.user.id']).toBe('u');
  expect(sent).toEqual({
    'x-datadog-trace-id': '1',
    'x-datadog-parent-id': BigInt(`0x${client.spanId}`).toString(),
    'x-datadog-sampling-priority': '1',
    'x-datadog-origin': 'rum',
    'x-datadog-tags': '_dd.p.tid=1111111111111111,_dd.p.dm=-4,_dd.p.usr.id=baz64==',
    traceparent: `00-11111111111111110000000000000001-${client.spanId}-03`,
    tracestate: `dd=s:1;o:rum;p:${client.spanId};t.dm:-4;t.usr.id:baz64~~,foo=1`,
    baggage: 'user.id=u,other=1',
  });
  expect(client.traceFlags).toBe(3);
});

test('a trace of our own is decided at inject', () => {
  const { sent, client, server } = callThrough({});
  expect([server.parentHigh, server.parentLow]).toEqual([0, 0]);
  expect(sent['traceparent']).toBe(`00-${client.traceId}-${client.spanId}-01`);
  expect(sent['tracestate']).toBe(`dd=s:2;p:${client.spanId};t.dm:-3`);
  expect(sent['x-datadog-tags']).toBe(`_dd.p.tid=${client.traceId.slice(0, 16)},_dd.p.dm=-3`);
  const dropped = callThrough({}, {}, -1);
  expect(dropped.sent['traceparent']).toMatch(/-00$/);
  expect(dropped.sent['x-datadog-sampling-priority']).toBe('-1');
  expect(callThrough({}, { traceContextInjection: 'sampled' }, 0).sent).toEqual({});
});

test('restart: a new trace whose local root alone links to the one that came', () => {
  const { sent, server, inner } = callThrough(remote, { behaviorExtract: 'restart' });
  expect(sent['x-datadog-trace-id']).not.toBe('1');
  expect([server.parentHigh, server.parentLow]).toEqual([0, 0]);
  expect(server.links).toMatchObject([
    {
      context: { traceId: '11111111111111110000000000000001', spanId: '0000000000000002' },
      attributes: { reason: 'propagation_behavior_extract', context_headers: 'datadog' },
    },
  ]);
  expect(inner.links ?? []).toEqual([]);
  expect(sent['baggage']).toBe(remote.baggage);
});

test('a trace that another style names is linked', () => {
  const { server } = callThrough({ ...remote, traceparent: `00-${'9'.repeat(32)}-${'8'.repeat(16)}-01`, tracestate: '' });
  expect(server.links).toMatchObject([{ attributes: { reason: 'terminated_context', context_headers: 'tracecontext' } }]);
});

test('pages: what the document names is the parent', () => {
  const { sent, server } = callThrough({ traceparent: remote.traceparent, tracestate: 'foo=1' }, { propagators: [leanTraceContext()] });
  expect([server.parentHigh, server.parentLow]).toEqual([0, 2]);
  expect(server.trace).toMatchObject({ priority: 1, isInherited: true, idHigh: '1111111111111111' });
  expect(sent['traceparent']).toMatch(/^00-11111111111111110000000000000001-(?!0000000000000002)[\da-f]{16}-03$/);
  expect(sent['tracestate']).toMatch(/^dd=s:1;p:[\da-f]{16}$/);
});
