import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { type DatadogOptions, datadog } from '../../../src/propagation/datadog.ts';
import { LocalTrace, localTraceKey, localTraceOf } from '../../../src/trace/local-trace.ts';

function extract(headers: Record<string, unknown>, options?: DatadogOptions): SpanContext | undefined {
  return trace.getSpanContext(datadog(options).extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
}

function inject(change: (local: LocalTrace) => void, options?: DatadogOptions, priority = 2): [Record<string, string>, LocalTrace] {
  const local = new LocalTrace('66f2b52b00000000', 0xffffffff, 0xffffffff, () => ({ priority, mechanism: 3 }));
  change(local);
  const spanContext = {
    traceId: `66f2b52b00000000${'f'.repeat(16)}`,
    spanId: '8000000000000000',
    traceFlags: 1,
    [localTraceKey()]: local,
  } as SpanContext;
  const carrier: Record<string, string> = {};
  datadog(options).inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier, defaultTextMapSetter);
  return [carrier, local];
}

const ids = { 'x-datadog-trace-id': '18446744073709551615', 'x-datadog-parent-id': '9223372036854775808' };

test('all headers, ids above 2^53 exact', () => {
  const [carrier] = inject((local) => {
    local.origin = 'synthetics\n\u00e9';
    local.tags['_dd.p.usr.id'] = 'baz64==';
  });
  expect(carrier).toEqual({
    ...ids,
    'x-datadog-sampling-priority': '2',
    'x-datadog-origin': 'synthetics__',
    'x-datadog-tags': '_dd.p.tid=66f2b52b00000000,_dd.p.dm=-3,_dd.p.usr.id=baz64==',
  });
});

test('pages leave the tags out', () => {
  const [carrier] = inject(() => {}, { tags: false });
  expect(carrier).toEqual({ ...ids, 'x-datadog-sampling-priority': '2' });
  expect(datadog({ tags: false }).fields()).toEqual(
    ['trace-id', 'parent-id', 'sampling-priority', 'origin'].map((name) => `x-datadog-${name}`),
  );
});

test.each([
  ['inject_max_size', {}, '_dd.p.a', 'x'.repeat(480)],
  ['inject_max_size', { maxTagsLength: 20 }, '_dd.p.a', 'x'],
  ['disabled', { maxTagsLength: 0 }, '_dd.p.a', 'x'],
  ['encoding_error', {}, '_dd.p.a', 'x,y'],
  ['encoding_error', {}, '_dd.p.a', '\u00e9'],
  ['encoding_error', {}, '_dd.p.a b', 'x'],
])('%s: no tags are sent, and the trace says so', (problem, options, key, value) => {
  const [carrier, local] = inject((trace) => {
    trace.tags[key] = value;
  }, options);
  expect(carrier).not.toHaveProperty('x-datadog-tags');
  expect(local.tags['_dd.propagation_error']).toBe(problem);
});

test('512 characters of tags still go out', () => {
  const fixed = '_dd.p.tid=66f2b52b00000000,_dd.p.dm=-3,_dd.p.a='.length;
  const [carrier, local] = inject((trace) => {
    trace.tags['_dd.p.a'] = 'x'.repeat(512 - fixed);
  });
  expect(carrier['x-datadog-tags']).toHaveLength(512);
  expect(local.tags).not.toHaveProperty('_dd.propagation_error');
});

test('a span of somebody else has ids, priority by its flag and the high half', () => {
  const carrier: Record<string, string> = {};
  const spanContext = { traceId: `${'1'.repeat(16)}${'0'.repeat(15)}7`, spanId: `${'0'.repeat(14)}ff`, traceFlags: 0 };
  datadog().inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier, defaultTextMapSetter);
  expect(carrier).toEqual({
    'x-datadog-trace-id': '7',
    'x-datadog-parent-id': '255',
    'x-datadog-sampling-priority': '0',
    'x-datadog-tags': `_dd.p.tid=${'1'.repeat(16)}`,
  });
});

test('what came is in the context and its trace', () => {
  const found = extract({
    ...ids,
    'x-datadog-sampling-priority': '-1',
    'x-datadog-origin': 'synthetics;=web,z',
    'x-datadog-tags': '_dd.p.dm=-4,_dd.p.tid=66F2b52b00000000,_dd.p.usr.id=a=b,_dd.p.__proto__=1',
  })!;
  expect(found).toMatchObject({ traceId: `66f2b52b00000000${'f'.repeat(16)}`, spanId: '8000000000000000', traceFlags: 0, isRemote: true });
  const local = localTraceOf(found)!;
  expect(local).toMatchObject({
    idHigh: '66f2b52b00000000',
    idLowHigh: 0xffffffff,
    priority: -1,
    isInherited: true,
    origin: 'synthetics;=web,z',
  });
  expect(local.tags).toEqual({ '_dd.p.dm': '-4', '_dd.p.usr.id': 'a=b', '_dd.p.__proto__': '1' });
});

test('without a priority the trace is decided here', () => {
  const found = extract(ids)!;
  expect(found.traceFlags).toBe(1);
  expect(localTraceOf(found)).toMatchObject({ priority: undefined, isInherited: false, idHigh: '0'.repeat(16) });
  expect(localTraceOf(extract({ ...ids, 'x-datadog-sampling-priority': 'high' })!)!.isInherited).toBe(false);
});

test('parent 0 continues the trace with a root', () => {
  expect(extract({ 'x-datadog-trace-id': '7', 'x-datadog-parent-id': '0' })).toMatchObject({
    traceId: '7'.padStart(32, '0'),
    spanId: '0'.repeat(16),
  });
});

test.each([
  [{ 'x-datadog-trace-id': '0', 'x-datadog-parent-id': '0' }],
  [{ 'x-datadog-trace-id': '123' }],
  [{ 'x-datadog-parent-id': '123' }],
  [{ ...ids, 'x-datadog-trace-id': '18446744073709551616' }],
  [{ ...ids, 'x-datadog-trace-id': '-1' }],
  [{ ...ids, 'x-datadog-trace-id': '0x10' }],
  [{ ...ids, 'x-datadog-trace-id': ['1', '2'] }],
  [{ ...ids, 'x-datadog-parent-id': '12a' }],
  [{ ...ids, 'x-datadog-trace-id': '1'.repeat(1e6) }],
  [{ ...ids, 'x-datadog-trace-id': null }],
])('is not extracted: %#', (headers) => expect(extract(headers)).toBeUndefined());

test.each([
  ['decoding_error', '_dd.p.a', {}],
  ['decoding_error', 'a=b', {}],
  ['decoding_error', '_dd.p.=b', {}],
  ['decoding_error', '_dd.p.a=b,', {}],
  ['decoding_error', '_dd.p.a=\u00e9', {}],
  ['decoding_error', '_dd.p.dm=four', {}],
  ['extract_max_size', `_dd.p.a=${'x'.repeat(505)}`, {}],
  ['malformed_tid 123', '_dd.p.tid=123', {}],
  ['malformed_tid 66f2b52b0000000g', '_dd.p.tid=66f2b52b0000000g', {}],
  [undefined, '_dd.p.tid=123', { maxTagsLength: 0 }],
])('error %s of tags that came: the trace goes on without them', (problem, tags, options) => {
  const found = extract({ ...ids, 'x-datadog-tags': tags }, options)!;
  expect(found.traceId).toBe('0'.repeat(16) + 'f'.repeat(16));
  expect(localTraceOf(found)!.tags).toEqual(problem ? { '_dd.propagation_error': problem } : {});
});

test('an endless origin is not taken over', () => {
  expect(localTraceOf(extract({ ...ids, 'x-datadog-origin': 'o'.repeat(1e6) })!)!.origin).toBeUndefined();
});
