import { encode } from '@msgpack/msgpack';
import { afterEach, expect, test, vi } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { decodeMessagePack, decodeTraces } from '../../../src/datadog/decode.ts';

const maps = ['meta', 'metrics', 'meta_struct', 'span_events', 'span_links'];

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(maps)('a long text or bytes for %s are refused before anything lists their characters', (key) => {
  const listed = (['keys', 'entries', 'values'] as const).map((name) => vi.spyOn(Object, name));
  for (const value of ['a'.repeat(1_000), new Uint8Array(1_000)]) {
    const span = { trace_id: 1, span_id: 1, [key]: value };
    const refusal = { error: 'bad_span', path: `[0][0].${key}` };
    expect(decodeMessagePack(encode([[span]]), { onDrop: () => {} })).toEqual(refusal);
    if (typeof value === 'string') expect(decodeTraces(JSON.stringify([[span]]), { onDrop: () => {} })).toEqual(refusal);
  }
  const wrong = listed.flatMap(({ mock }) => mock.calls).filter(([value]) => typeof value === 'string' || value instanceof Uint8Array);
  expect(wrong.filter(([value]) => (value as string | Uint8Array).length === 1_000)).toEqual([]);
});

test('numbers that are none are left out of metrics, and only of these', () => {
  const metrics = { a: Number.NaN, b: 1, c: Number.POSITIVE_INFINITY, d: null };
  expect(decodeMessagePack(encode([[{ trace_id: 1, span_id: 1, metrics }]]))).toMatchObject([[{ metrics: { b: 1, d: 0 } }]]);
  expect(decodeTraces('[[{"trace_id":1,"span_id":1,"metrics":{"a":1e999}}]]')).toMatchObject({ error: 'bad_span' });
  expect(decodeMessagePack(encode([[{ trace_id: 1, span_id: 1, duration: Number.NaN }]]))).toMatchObject({ error: 'bad_span' });
});

test('of typed events the newest 512 are read, of links the first, the others are counted; a place in a refusal is the sender’s', () => {
  const text = (over: object): string =>
    JSON.stringify([[{ trace_id: 1, span_id: 1, metrics: { 'otel.dropped_links_count': 1 }, ...over }]]);
  const events = Array.from({ length: 3_000 }, (_, index): object => (index ? { name: `e${index}` } : { name: 7 }));
  const links = Array.from({ length: 3_000 }, (_, index): object =>
    index === 2_999 ? { flags: 'x' } : { trace_id: 1, span_id: index + 1 },
  );
  const [[span] = []] = decodeTraces(text({ span_events: events, span_links: links })) as DatadogSpan[][];
  expect([span?.events?.length, span?.events?.[0]?.name, span?.events?.at(-1)?.name]).toEqual([512, 'e2488', 'e2999']);
  expect([span?.links?.length, span?.links?.at(-1)?.spanId]).toEqual([512, (512).toString(16).padStart(16, '0')]);
  expect(span?.metrics).toEqual({ 'otel.dropped_events_count': 2_488, 'otel.dropped_links_count': 2_489 });
  events[2_500] = { name: 7 };
  expect(decodeTraces(text({ span_events: events }))).toEqual({ error: 'bad_span', path: '[0][0].span_events[2500].name' });
});

test('of a typed array as many values stay as a span may have tags', () => {
  const values = Array.from({ length: 2_000 }, (_, index) => ({ type: 2, int_value: index }));
  const span = { trace_id: 1, span_id: 1, span_events: [{ attributes: { a: { type: 4, array_value: { values } } } }] };
  const [[read] = []] = decodeTraces(JSON.stringify([[span]])) as DatadogSpan[][];
  expect(read?.events?.[0]?.attributes).toEqual({ a: Array.from({ length: 512 }, (_, index) => index) });
});
