import { beforeEach, expect, test, vi } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { decodeTraces } from '../../../src/datadog/decode.ts';
import { readEvents } from '../../../src/datadog/read-events.ts';

const made = vi.hoisted(() => ({ errorCount: 0 }));
vi.mock('../../../src/datadog/json-cursor.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../../src/datadog/json-cursor.ts')>();
  const construct = (target: typeof original.DecodeError, given: ConstructorParameters<typeof original.DecodeError>) => {
    made.errorCount++;
    return new target(...given);
  };
  return { ...original, DecodeError: new Proxy(original.DecodeError, { construct }) };
});
beforeEach(() => {
  made.errorCount = 0;
});

const read = (meta: Record<string, string>): DatadogSpan => {
  const [[span] = []] = decodeTraces(`[[{"trace_id":1,"span_id":1,"meta":${JSON.stringify(meta)}}]]`) as DatadogSpan[][];
  return readEvents(span!);
};
const list = (count: number, item: (index: number) => unknown): string =>
  JSON.stringify(Array.from({ length: count }, (_, index) => item(index)));
const link = (index: number, more: object = {}): object => ({ trace_id: '1', span_id: (index + 1).toString(16), ...more });

test('an error has a stack: none is made for an item that is no event or link, however many there are', () => {
  const bad = [
    0,
    null,
    'x',
    true,
    [],
    { name: 7 },
    { time_unix_nano: -1 },
    { time_unix_nano: 1.5 },
    { time_unix_nano: 2 ** 64 },
    { time_unix_nano: '1' },
    { attributes: [] },
    { attributes: 'x' },
  ];
  for (const item of bad) {
    const span = read({ events: list(20, () => item), '_dd.span_links': list(20, () => item) });
    expect([span.events, span.links, Object.keys(span.meta)], JSON.stringify(item)).toEqual([
      undefined,
      undefined,
      ['events', '_dd.span_links'],
    ]);
  }
  for (const item of [{ trace_id: 'x' }, { span_id: 5 }, { span_id: '' }, { attributes: [] }, { tracestate: 7 }])
    expect(read({ '_dd.span_links': list(20, (index) => link(index, item)) }).links, JSON.stringify(item)).toBeUndefined();
  expect(made.errorCount).toBe(0);
});

test('null stands for what is not there', () => {
  const none = { name: null, time_unix_nano: null, attributes: null };
  expect(read({ events: list(1, () => none) }).events).toEqual([{ name: '', seconds: 0, nanos: 0, attributes: undefined }]);
  expect(read({ '_dd.span_links': list(1, (index) => link(index, { attributes: null, tracestate: null })) }).links).toHaveLength(1);
});

test('the newest 512 events and the first 512 links are looked at, the others are counted', () => {
  const events = list(3_000, (index) => (index % 2 ? { name: `e${index}` } : 0));
  const span = read({ events, '_dd.span_links': list(3_000, (index) => (index % 2 ? link(index) : 0)) });
  expect([span.events?.length, span.events?.[0]?.name, span.events?.at(-1)?.name]).toEqual([256, 'e2489', 'e2999']);
  expect([span.links?.length, span.links?.[0]?.spanId, span.links?.at(-1)?.spanId]).toEqual([
    256,
    '2'.padStart(16, '0'),
    '200'.padStart(16, '0'),
  ]);
  expect(span.metrics).toEqual({ 'otel.dropped_events_count': 2_744, 'otel.dropped_links_count': 2_744 });
  expect(made.errorCount).toBe(0);

  for (const count of [511, 512, 513, 1_024])
    expect(read({ events: list(count, (index) => ({ name: `${index}` })) }).events?.map(({ name }) => Number(name))).toEqual(
      Array.from({ length: Math.min(count, 512) }, (_, index) => Math.max(0, count - 512) + index),
    );
});

test('of an array among attributes as many values stay as a span may have tags, on every level', () => {
  const numbers = Array.from({ length: 2_000 }, (_, index) => index);
  const { events, links } = read({
    events: list(1, () => ({ attributes: { flat: numbers, deep: { list: numbers } } })),
    '_dd.span_links': list(1, (index) => link(index, { attributes: { numbers } })),
  });
  const kept = numbers.slice(0, 512);
  expect(events?.[0]?.attributes).toEqual({ flat: kept, deep: JSON.stringify({ list: kept }) });
  expect(links?.[0]?.attributes).toEqual({ numbers: JSON.stringify(kept) });
});
