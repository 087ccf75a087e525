import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { leanTraceContext } from '../../../src/propagation/lean-trace-context.ts';
import { traceContext } from '../../../src/propagation/trace-context.ts';
import { LocalTrace, localTraceKey, localTraceOf } from '../../../src/trace/local-trace.ts';

const traceId = '66f2b52b000000004bf92f3577b34da6';
const spanId = '00f067aa0ba902b7';

function extract(headers: Record<string, unknown>): SpanContext | undefined {
  return trace.getSpanContext(traceContext().extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
}

function ownSpan(): [SpanContext, LocalTrace] {
  const local = new LocalTrace('66f2b52b00000000', 0x4bf92f35, 0x77b34da6, () => ({ priority: 2, mechanism: 3 }));
  return [{ traceId, spanId, traceFlags: 1, [localTraceKey()]: local } as SpanContext, local];
}

function inject(spanContext: SpanContext, propagator = traceContext()): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagator.inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier, defaultTextMapSetter);
  return carrier;
}

test('a trace of ours is decided, and the outcome stands in header and context', () => {
  const [spanContext, local] = ownSpan();
  local.origin = 'rum';
  local.tags['_dd.p.usr.id'] = 'baz64==';
  expect(inject(spanContext)).toEqual({
    traceparent: `00-${traceId}-${spanId}-01`,
    tracestate: `dd=s:2;o:rum;p:${spanId};t.dm:-3;t.usr.id:baz64~~`,
  });
  expect(local.priority).toBe(2);
  expect(spanContext.traceState?.get('dd')).toBe(`s:2;o:rum;p:${spanId};t.dm:-3;t.usr.id:baz64~~`);
});

test('a dropped trace has neither flag nor decision maker', () => {
  const local = new LocalTrace('66f2b52b00000000', 1, 2, () => ({ priority: -1, mechanism: 4 }));
  const spanContext = { traceId, spanId, traceFlags: 3, [localTraceKey()]: local } as SpanContext;
  expect(inject(spanContext)).toEqual({ traceparent: `00-${traceId}-${spanId}-02`, tracestate: `dd=s:-1;p:${spanId}` });
  expect(spanContext.traceFlags).toBe(2);
});

test('what came is in the context and its trace', () => {
  const found = extract({
    traceparent: `00-${traceId}-${spanId}-03`,
    tracestate: 'foo=1,dd=s:2;o:synthetics~web;p:0123456789abcdef;t.dm:-4;t.usr.id:a:b~;t.tid:1111111111111111,bar=2',
  })!;
  expect(found).toMatchObject({ traceId, spanId, traceFlags: 3, isRemote: true });
  const local = localTraceOf(found)!;
  expect(local).toMatchObject({
    idHigh: '66f2b52b00000000',
    idLowHigh: 0x4bf92f35,
    idLowLow: 0x77b34da6,
    priority: 2,
    isInherited: true,
    origin: 'synthetics=web',
    lastParentId: '0123456789abcdef',
  });
  expect(local.tags).toEqual({ '_dd.p.dm': '-4', '_dd.p.usr.id': 'a:b=' });
  expect(local.traceState?.serialize()).toBe('foo=1,bar=2');
});

// system-tests, tests/parametric/test_headers_tracestate_dd.py
test.each([
  ['01', undefined, 1, undefined],
  ['01', 's:-1;t.dm:-4', 1, '-0'],
  ['01', 's:0;t.dm:-0', 1, '-0'],
  ['01', 's:2;t.dm:-4', 2, '-4'],
  ['00', undefined, 0, undefined],
  ['00', 's:-1', -1, undefined],
  ['00', 's:2;t.dm:-4', 0, undefined],
  ['00', 's:99999', 0, undefined],
  ['01', 's:x', 1, undefined],
  ['01', 't.dm:-4', 1, '-4'],
])('flag %s and dd=%s give priority %d, decision maker %s', (flag, member, priority, mechanism) => {
  const found = extract({ traceparent: `00-${traceId}-${spanId}-${flag}`, ...(member && { tracestate: `foo=1,dd=${member}` }) })!;
  expect(localTraceOf(found)!.priority).toBe(priority);
  expect(localTraceOf(found)!.tags['_dd.p.dm']).toBe(mechanism);
});

test('a decision maker that is none is left out and said', () => {
  const found = extract({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'dd=s:1;t.dm:four' })!;
  expect(localTraceOf(found)!.tags).toEqual({ '_dd.propagation_error': 'decoding_error' });
});

test('a remote span that is injected as it is keeps its last parent', () => {
  const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'dd=s:2;p:0123456789abcdef,foo=1' };
  expect(inject(extract(headers)!)).toEqual(headers);
  const bare = { traceparent: `00-${traceId}-${spanId}-01` };
  expect(inject(extract(bare)!)).toEqual({ ...bare, tracestate: 'dd=s:1' });
});

test('32 members stay, a 33rd makes room for ours', () => {
  const members = Array.from({ length: 32 }, (_, at) => `key${at}=v`);
  const tracestate = members.join();
  expect(inject(extract({ traceparent: `00-${traceId}-${spanId}-01`, tracestate })!)['tracestate']).toBe(
    ['dd=s:1', ...members.slice(0, 31)].join(),
  );
});

test('above 512 characters large members go first, then from the right', () => {
  const large = `large=${'x'.repeat(200)}`;
  const members = Array.from({ length: 10 }, (_, at) => `key${at}=${'v'.repeat(40)}`);
  const tracestate = [large, ...members].join();
  expect(inject(extract({ traceparent: `00-${traceId}-${spanId}-01`, tracestate })!)['tracestate']).toBe(['dd=s:1', ...members].join());
});

test('tags that do not fit are left out whole', () => {
  const [spanContext, local] = ownSpan();
  local.origin = 'o'.repeat(300);
  local.tags['_dd.p.long'] = 'x'.repeat(230);
  local.tags['_dd.p.short'] = 'y';
  local.tags['_dd.p.tid'] = '66f2b52b00000000';
  local.tags['_dd.propagation_error'] = 'decoding_error';
  expect(inject(spanContext)['tracestate']).toBe(`dd=s:2;p:${spanId};t.dm:-3;t.short:y`);
});

test('what may not stand in a member becomes an underscore', () => {
  const [spanContext, local] = ownSpan();
  local.origin = 'synthetics~;=web,z';
  local.tags['_dd.p.a b=c;d:e'] = 'é\u{1f600}\ud800\n ';
  expect(inject(spanContext)['tracestate']).toBe(`dd=s:2;o:synthetics__~web_z;p:${spanId};t.dm:-3;t.a_b_c_d_e:______`);
});

test('pages send our member alone and read traceparent alone', () => {
  const headers = { traceparent: `00-${traceId}-${spanId}-03`, tracestate: 'foo=1,dd=s:2;o:rum' };
  const found = trace.getSpanContext(leanTraceContext().extract(ROOT_CONTEXT, headers, defaultTextMapGetter))!;
  expect(found).toEqual({ traceId, spanId, traceFlags: 3, isRemote: true });
  expect(inject(found, leanTraceContext())).toEqual({ traceparent: headers.traceparent });
  expect(inject(extract(headers)!, leanTraceContext())).toEqual({ traceparent: headers.traceparent, tracestate: 'dd=s:2;o:rum' });
});

test('a span of somebody else goes out as it is', () => {
  expect(inject({ traceId, spanId, traceFlags: 1 })).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  expect(inject({ traceId, spanId, traceFlags: 1 }, leanTraceContext())).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  expect(inject({ traceId: '0'.repeat(32), spanId, traceFlags: 1 })).toEqual({});
});

test('hostile carriers give nothing and throw nothing', () => {
  for (const value of [
    null,
    1,
    {},
    [],
    [
      {
        toString: () => {
          throw new Error('no');
        },
      },
    ],
    '\ud800',
    'x'.repeat(1e6),
    ',-'.repeat(1e6),
  ]) {
    expect(extract({ traceparent: value })).toBeUndefined();
    expect(extract({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: value })?.traceState?.serialize()).toBe('');
  }
  const getter = {
    keys: () => [],
    get: () => {
      throw new Error('no');
    },
  };
  expect(traceContext().extract(ROOT_CONTEXT, {}, getter)).toBe(ROOT_CONTEXT);
  const [spanContext] = ownSpan();
  traceContext().inject(
    trace.setSpanContext(ROOT_CONTEXT, spanContext),
    {},
    {
      set: () => {
        throw new Error('no');
      },
    },
  );
});
