import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { b3, b3multi } from '../../../src/propagation/b3.ts';
import { LocalTrace, localTraceKey, localTraceOf } from '../../../src/trace/local-trace.ts';

const traceId = '80f198ee56343ba864fe8b2a57d3eff7';
const low = '64fe8b2a57d3eff7';
const spanId = 'e457b5a2e4d86bd1';
const parentId = '05e3ac9a4f6e3b90';

function read(propagator: ReturnType<typeof b3>, headers: Record<string, unknown>): [SpanContext, LocalTrace] | undefined {
  const found = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
  return found && [found, localTraceOf(found)!];
}

test.each([
  [`${traceId}-${spanId}-1-${parentId}`, traceId, 1],
  [`${traceId}-${spanId}-1`, traceId, 1],
  [`${traceId}-${spanId}-0`, traceId, 0],
  [`${traceId}-${spanId}-d`, traceId, 2],
  [`${traceId}-${spanId}-D`, traceId, 2],
  [`${traceId}-${spanId}`, traceId, undefined],
  [`${low}-${spanId}-1`, low.padStart(32, '0'), 1],
  [`${traceId.toUpperCase()}-${spanId.toUpperCase()}-1`, traceId, 1],
])('one header: %s', (header, id, priority) => {
  const [found, local] = read(b3(), { b3: header })!;
  expect(found).toMatchObject({ traceId: id, spanId, traceFlags: priority === 0 ? 0 : 1, isRemote: true });
  expect(local).toMatchObject({ priority, isInherited: priority !== undefined, idHigh: id.slice(0, 16) });
});

test.each([
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '1', 'x-b3-parentspanid': parentId }, 1],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': 'true' }, 1],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '0' }, 0],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-flags': '1' }, 2],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '0', 'x-b3-flags': '1' }, 2],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': 'toString' }, undefined],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId }, undefined],
])('several headers: %j', (headers, priority) => {
  const [found, local] = read(b3multi(), headers)!;
  expect(found).toMatchObject({ traceId, spanId });
  expect(local.priority).toBe(priority);
});

test.each([
  [b3(), { b3: '0' }, 0],
  [b3(), { b3: '1' }, 1],
  [b3(), { b3: 'd' }, 2],
  [b3multi(), { 'x-b3-sampled': '0' }, 0],
  [b3multi(), { 'x-b3-flags': '1' }, 2],
])('a decision without ids gives a new trace that keeps to it', (propagator, headers, priority) => {
  const [found, local] = read(propagator, headers)!;
  expect(found.traceId).toMatch(/^0{16}(?!0{16})[0-7][\da-f]{15}$/);
  expect(found.spanId).toBe('0'.repeat(16));
  expect(local).toMatchObject({ priority, isInherited: true });
  expect(read(propagator, headers)![0].traceId).not.toBe(found.traceId);
});

test.each([
  '',
  '2',
  'dd',
  `${traceId}`,
  `${traceId}-${spanId}-2`,
  `${traceId}-${spanId}-1-${parentId}-`,
  `${traceId.slice(1)}-${spanId}-1`,
  `${traceId}-${spanId.slice(1)}-1`,
  `${'0'.repeat(32)}-${spanId}-1`,
  `${traceId}-${'0'.repeat(16)}-1`,
  `${traceId}-${spanId}-1,${traceId}-${spanId}-1`,
  'x'.repeat(1e6),
])('is no header: %#', (header) => expect(read(b3(), { b3: header })).toBeUndefined());

test.each([
  {},
  { 'x-b3-traceid': traceId, 'x-b3-sampled': '1' },
  { 'x-b3-spanid': spanId, 'x-b3-sampled': '1' },
  { 'x-b3-traceid': 'x', 'x-b3-spanid': spanId },
  { 'x-b3-sampled': '7' },
])('are no headers: %j', (headers) => expect(read(b3multi(), headers)).toBeUndefined());

test.each([
  [2, 'd', { 'x-b3-flags': '1' }],
  [1, '1', { 'x-b3-sampled': '1' }],
  [0, '0', { 'x-b3-sampled': '0' }],
  [-1, '0', { 'x-b3-sampled': '0' }],
])('priority %d goes out as %s', (priority, state, headers) => {
  const local = new LocalTrace(traceId.slice(0, 16), 1, 2, () => ({ priority, mechanism: 4 }));
  const context = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, [localTraceKey()]: local } as SpanContext);
  const single: Record<string, string> = {};
  b3().inject(context, single, defaultTextMapSetter);
  expect(single).toEqual({ b3: `${traceId}-${spanId}-${state}` });
  const multi: Record<string, string> = {};
  b3multi().inject(context, multi, defaultTextMapSetter);
  expect(multi).toEqual({ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, ...headers });
});

test('a span of somebody else goes by its flag, no span by nothing', () => {
  const carrier: Record<string, string> = {};
  b3multi().inject(ROOT_CONTEXT, carrier, defaultTextMapSetter);
  expect(carrier).toEqual({});
  b3().inject(trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 0 }), carrier, defaultTextMapSetter);
  expect(carrier).toEqual({ b3: `${traceId}-${spanId}-0` });
});
