import { expect, test } from 'vitest';
import { applyCountLimits } from '../../../src/datadog/count-limits.ts';
import type { DatadogEvent, DatadogLink, DatadogSpan } from '../../../src/datadog/datadog-span.ts';

const tags = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
const events = (count: number): DatadogEvent[] =>
  Array.from({ length: count }, (_, index) => ({ name: `e${index}`, seconds: index, nanos: 0, attributes: undefined }));
const links = (count: number): DatadogLink[] =>
  Array.from({ length: count }, (_, index) => ({
    traceId: `${index}`.padStart(32, '0'),
    spanId: '0000000000000001',
    attributes: undefined,
    traceState: undefined,
    flags: undefined,
  }));
const span = (over: Partial<DatadogSpan>): DatadogSpan => ({ meta: {}, metrics: {}, ...over }) as DatadogSpan;

test('at the limits a span stays as it is', () => {
  const one = span({ events: events(128), links: links(128) });
  one.events![0]!.attributes = tags(128);
  one.links![0]!.attributes = tags(128);
  const before = structuredClone(one);
  applyCountLimits(one);
  expect(one).toEqual(before);
});

test('over them the newest events and the first links stay, as of our tracers, and the rest is counted beside what was lost before', () => {
  const one = span({ events: events(300), links: links(129), metrics: { 'otel.dropped_events_count': 2 } });
  applyCountLimits(one);
  expect([one.events?.length, one.events?.[0]?.name, one.events?.at(-1)?.name]).toEqual([128, 'e172', 'e299']);
  expect([one.links?.length, one.links?.[0]?.traceId]).toEqual([128, '0'.repeat(32)]);
  expect(one.metrics).toEqual({ 'otel.dropped_events_count': 174, 'otel.dropped_links_count': 1 });
});

test('of the attributes of an event or a link the first stay', () => {
  const one = span({ events: events(2), links: links(2) });
  one.events![1]!.attributes = tags(300);
  one.links![1]!.attributes = tags(129);
  applyCountLimits(one);
  for (const attributes of [one.events?.[1]?.attributes, one.links?.[1]?.attributes]) expect(attributes).toEqual(tags(128));
});
