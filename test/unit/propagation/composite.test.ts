import {
  type Context,
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { describe, expect, test } from 'vitest';
import { b3 } from '../../../src/propagation/b3.ts';
import { baggage } from '../../../src/propagation/baggage.ts';
import { type CompositeOptions, composite } from '../../../src/propagation/composite.ts';
import { datadog } from '../../../src/propagation/datadog.ts';
import { leanComposite } from '../../../src/propagation/lean-composite.ts';
import { traceContext } from '../../../src/propagation/trace-context.ts';
import { extractedLinksKey, LocalTrace, localTraceKey, localTraceOf } from '../../../src/trace/local-trace.ts';

const styles = [datadog(), traceContext(), baggage()];

function extract(headers: Record<string, string>, options: CompositeOptions = {}, from: Context = ROOT_CONTEXT) {
  const context = composite({ propagators: styles, ...options }).extract(from, headers, defaultTextMapGetter);
  const spanContext = trace.getSpanContext(context);
  return {
    context,
    spanContext,
    local: spanContext && localTraceOf(spanContext),
    links: context.getValue(extractedLinksKey()) as Link[] | undefined,
  };
}

// system-tests, tests/parametric/test_headers_tracecontext.py: test_tracestate_w3c_p_extract_datadog_w3c
test.each([
  {
    name: 'the same span',
    traceparent: '00-11111111111111110000000000000001-000000003ade68b1-01',
    tracestate: 'dd=s:2;p:000000003ade68b1,foo=1',
    datadog: ['1', '987654321', '_dd.p.tid=1111111111111111'],
    spanId: '000000003ade68b1',
    lastParentId: undefined,
    foreign: 'foo=1',
  },
  {
    name: 'another trace',
    traceparent: '00-11111111111111110000000000000002-000000003ade68b1-01',
    tracestate: 'dd=s:2;p:000000000000000a,foo=1',
    datadog: ['2', '10', '_dd.p.tid=2222222222222222'],
    spanId: '000000000000000a',
    lastParentId: undefined,
    foreign: undefined,
  },
  {
    name: 'another span, with p',
    traceparent: '00-11111111111111110000000000000003-000000003ade68b1-01',
    tracestate: 'dd=s:2;p:000000000000000a,foo=1',
    datadog: ['3', '10', '_dd.p.tid=1111111111111111'],
    spanId: '000000003ade68b1',
    lastParentId: '000000000000000a',
    foreign: 'foo=1',
  },
  {
    name: 'another span, without p',
    traceparent: '00-00000000000000000000000000000004-000000003ade68b1-01',
    tracestate: 'dd=s:2,foo=1',
    datadog: ['4', '10', ''],
    spanId: '000000003ade68b1',
    lastParentId: '000000000000000a',
    foreign: 'foo=1',
  },
  {
    name: 'another span, with another p',
    traceparent: '00-00000000000000000000000000000005-000000003ade68b1-01',
    tracestate: 'dd=s:2;p:8fffffffffffffff,foo=1',
    datadog: ['5', '10', ''],
    spanId: '000000003ade68b1',
    lastParentId: '8fffffffffffffff',
    foreign: 'foo=1',
  },
])('Datadog first, W3C says $name', ({ traceparent, tracestate, datadog: [id, parent, tags], spanId, lastParentId, foreign }) => {
  const headers = { traceparent, tracestate, 'x-datadog-trace-id': id!, 'x-datadog-parent-id': parent!, 'x-datadog-tags': tags! };
  const { spanContext, local } = extract(headers);
  expect(spanContext).toMatchObject({ spanId, isRemote: true });
  expect(local!.lastParentId).toBe(lastParentId);
  expect(local!.traceState?.serialize() || undefined).toBe(foreign);
  // no priority came with Datadog's headers: the trace is decided here
  expect(local!.priority).toBeUndefined();
});

test('stopping at the first style leaves span and last parent alone', () => {
  const { spanContext, local } = extract(
    {
      traceparent: '00-11111111111111110000000000000001-000000000000000f-01',
      tracestate: 'dd=s:2;p:0123456789abcdef,foo=1',
      'x-datadog-trace-id': '1',
      'x-datadog-parent-id': '987654320',
      'x-datadog-tags': '_dd.p.tid=1111111111111111',
      baggage: 'a=b',
    },
    { extractFirst: true },
  );
  expect(spanContext!.spanId).toBe('000000003ade68b0');
  expect(local!.lastParentId).toBeUndefined();
});

// system-tests, tests/parametric/test_extract_behavior.py
describe('behaviour of extract', () => {
  const headers = {
    'x-datadog-trace-id': '1',
    'x-datadog-parent-id': '1',
    'x-datadog-sampling-priority': '2',
    'x-datadog-tags': '_dd.p.tid=1111111111111111,_dd.p.dm=-4',
    traceparent: '00-11111111111111110000000000000001-0000000000000001-01',
    tracestate: 'dd=s:2;t.dm:-4,foo=1',
    baggage: 'key1=value1',
  };
  const conflicting = { ...headers, traceparent: '00-12345678901234567890123456789012-1234567890123456-01', tracestate: '' };
  const overriding = { ...headers, traceparent: '00-11111111111111110000000000000001-1234567890123456-01' };

  test('continue', () => {
    const { spanContext, local, links, context } = extract(headers);
    expect(spanContext).toMatchObject({ traceId: '11111111111111110000000000000001', spanId: '0000000000000001', traceFlags: 1 });
    expect(local).toMatchObject({ priority: 2, isInherited: true });
    expect(local!.tags).toEqual({ '_dd.p.dm': '-4' });
    expect(links).toBeUndefined();
    expect(propagation.getBaggage(context)!.getEntry('key1')!.value).toBe('value1');
  });
  test('continue, another trace becomes a link', () => {
    const { spanContext, links } = extract(conflicting);
    expect(spanContext!.traceId).toBe('11111111111111110000000000000001');
    expect(links).toMatchObject([
      {
        context: { traceId: '12345678901234567890123456789012', spanId: '1234567890123456', traceFlags: 1 },
        attributes: { reason: 'terminated_context', context_headers: 'tracecontext' },
      },
    ]);
  });
  test.each([
    [headers, '0000000000000001'],
    [conflicting, '0000000000000001'],
    [overriding, '1234567890123456'],
  ])('restart %#', (given, spanId) => {
    for (const extractFirst of spanId.startsWith('1') ? [false] : [false, true]) {
      const { spanContext, links, context } = extract(given, { behaviorExtract: 'restart', extractFirst });
      expect(spanContext).toBeUndefined();
      expect(links).toMatchObject([
        {
          context: { traceId: '11111111111111110000000000000001', spanId },
          attributes: { reason: 'propagation_behavior_extract', context_headers: 'datadog' },
        },
      ]);
      expect(propagation.getBaggage(context)!.getEntry('key1')!.value).toBe('value1');
    }
  });
  test('ignore', () => {
    const { context } = extract(headers, { behaviorExtract: 'ignore' });
    expect(context).toBe(ROOT_CONTEXT);
  });
  test('nothing came: the active span stays, also with restart', () => {
    const from = trace.setSpanContext(ROOT_CONTEXT, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });
    expect(extract({}, {}, from).context).toBe(from);
    expect(extract({}, { behaviorExtract: 'restart' }, from).context).toBe(from);
    expect(extract(headers, { behaviorExtract: 'restart' }, from).spanContext!.spanId).toBe('b'.repeat(16));
    expect(extract(headers, {}, from).spanContext!.spanId).toBe('0000000000000001');
  });
});

test('the high half that a style could not carry comes from W3C', () => {
  const { spanContext, local, links } = extract({
    'x-datadog-trace-id': '7',
    'x-datadog-parent-id': '8',
    'x-datadog-sampling-priority': '2',
    'x-datadog-origin': 'rum',
    traceparent: '00-66f2b52b000000000000000000000007-0000000000000008-03',
  });
  expect(spanContext).toMatchObject({ traceId: '66f2b52b000000000000000000000007', spanId: '0000000000000008', traceFlags: 3 });
  expect(local).toMatchObject({ idHigh: '66f2b52b00000000', priority: 2, origin: 'rum', lastParentId: undefined });
  expect(links).toBeUndefined();
});

test('items of baggage that are asked for become tags of the trace that came with them', () => {
  const headers = { 'x-datadog-trace-id': '7', 'x-datadog-parent-id': '8', baggage: 'user.id=u%20x,other=1,session.id=s' };
  expect(extract(headers).local!.tags).toEqual({ 'baggage.user.id': 'u x', 'baggage.session.id': 's' });
  expect(extract({ baggage: headers.baggage }).spanContext).toBeUndefined();
});

test("OpenTelemetry's own propagators work inside", () => {
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator(), b3()];
  const headers = {
    traceparent: '00-66f2b52b000000000000000000000007-0000000000000008-01',
    tracestate: 'foo=1,dd=s:2;o:rum;t.dm:-4',
    baggage: 'a=b',
    b3: `${'1'.repeat(32)}-${'2'.repeat(16)}-1`,
  };
  const { context, spanContext, local, links } = extract(headers, { propagators });
  expect(spanContext!.spanId).toBe('0000000000000008');
  expect(local).toMatchObject({ priority: 2, isInherited: true, origin: 'rum', tags: { '_dd.p.dm': '-4' } });
  expect(links).toMatchObject([{ attributes: { reason: 'terminated_context', context_headers: 'b3' } }]);
  const carrier: Record<string, string> = {};
  composite({ propagators }).inject(context, carrier, defaultTextMapSetter);
  expect(carrier).toMatchObject({ traceparent: headers.traceparent, tracestate: 'dd=s:2;o:rum;t.dm:-4,foo=1', baggage: 'a=b' });
  expect(composite({ propagators }).fields()).toEqual(['traceparent', 'tracestate', 'baggage', 'b3']);
});

function active(priority: number): { context: Context; spanContext: SpanContext; count: () => number } {
  let count = 0;
  const decide = () => {
    count++;
    return { priority, mechanism: 3 };
  };
  const local = new LocalTrace('66f2b52b00000000', 0, 7, decide);
  const spanContext = {
    traceId: '66f2b52b000000000000000000000007',
    spanId: '00000000000000ff',
    traceFlags: 1,
    [localTraceKey()]: local,
  } as SpanContext;
  const withBaggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ a: { value: 'b' } }));
  return { context: trace.setSpanContext(withBaggage, spanContext), spanContext, count: () => count };
}

test('the trace is decided once, before anybody injects, and foreign propagators see the outcome', () => {
  const { context, spanContext, count } = active(-1);
  expect(spanContext.traceFlags).toBe(1);
  const carrier: Record<string, string> = {};
  composite({ propagators: [new W3CTraceContextPropagator(), ...styles] }).inject(context, carrier, defaultTextMapSetter);
  expect(carrier).toEqual({
    traceparent: '00-66f2b52b000000000000000000000007-00000000000000ff-00',
    tracestate: 'dd=s:-1;p:00000000000000ff',
    'x-datadog-trace-id': '7',
    'x-datadog-parent-id': '255',
    'x-datadog-sampling-priority': '-1',
    'x-datadog-tags': '_dd.p.tid=66f2b52b00000000',
    baggage: 'a=b',
  });
  expect(count()).toBe(1);
});

test.each([
  ['composite', composite({ propagators: styles, traceContextInjection: 'sampled' }), 7],
  ['lean composite', leanComposite({ propagators: styles }), 6],
])('%s: a trace that is not kept injects nothing at all when only kept ones may', (_, propagator, headerCount) => {
  const unkept: Record<string, string> = {};
  propagator.inject(active(0).context, unkept, defaultTextMapSetter);
  expect(unkept).toEqual({});
  const kept: Record<string, string> = {};
  propagator.inject(active(2).context, kept, defaultTextMapSetter);
  expect(Object.keys(kept)).toHaveLength(headerCount);
  const withoutSpan: Record<string, string> = {};
  propagator.inject(trace.deleteSpan(active(0).context), withoutSpan, defaultTextMapSetter);
  expect(withoutSpan).toEqual({ baggage: 'a=b' });
});

test('lean composite: pages send no tags header and no members of others, unless tags are asked for', () => {
  const { context, spanContext } = active(2);
  spanContext.traceState = createTraceState('foo=1');
  const carrier: Record<string, string> = {};
  leanComposite({ propagators: [datadog(), traceContext()] }).inject(context, carrier, defaultTextMapSetter);
  expect(carrier['tracestate']).toBe('dd=s:2;p:00000000000000ff;t.dm:-3');
  expect(carrier).not.toHaveProperty('x-datadog-tags');
  leanComposite({ propagators: [datadog({ tags: true })] }).inject(context, carrier, defaultTextMapSetter);
  expect(carrier).toHaveProperty('x-datadog-tags');
});

test('lean composite: the first style wins, the active span stays where none does', () => {
  const propagator = leanComposite({ propagators: [traceContext(), b3(), baggage()] });
  const headers = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, b3: `${'3'.repeat(32)}-${'4'.repeat(16)}-1`, baggage: 'c=d' };
  const from = active(1).context;
  const found = propagator.extract(from, headers, defaultTextMapGetter);
  expect(trace.getSpanContext(found)!.spanId).toBe('2'.repeat(16));
  expect(propagation.getBaggage(found)!.getEntry('c')!.value).toBe('d');
  expect(trace.getSpan(propagator.extract(from, {}, defaultTextMapGetter))).toBe(trace.getSpan(from));
});

test('inside a suppressed context nothing is injected', () => {
  const carrier: Record<string, string> = {};
  const context = active(1).context.setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
  composite({ propagators: styles }).inject(context, carrier, defaultTextMapSetter);
  expect(carrier).toEqual({});
});

test('a propagator that throws loses itself only', () => {
  const broken = {
    inject: () => {
      throw new Error('no');
    },
    extract: () => {
      throw new Error('no');
    },
    fields: () => [],
  };
  const propagators = [broken, ...styles];
  expect(extract({ 'x-datadog-trace-id': '7', 'x-datadog-parent-id': '8' }, { propagators }).spanContext!.spanId).toBe('0000000000000008');
  const carrier: Record<string, string> = {};
  composite({ propagators }).inject(active(1).context, carrier, defaultTextMapSetter);
  expect(carrier['x-datadog-trace-id']).toBe('7');
});

test('inject and extract lists stand for one way each', () => {
  const propagator = composite({ propagators: [datadog()], inject: [traceContext()] });
  const carrier: Record<string, string> = {};
  propagator.inject(active(1).context, carrier, defaultTextMapSetter);
  expect(Object.keys(carrier)).toEqual(['traceparent', 'tracestate']);
  expect(trace.getSpanContext(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter))).toBeUndefined();
});
