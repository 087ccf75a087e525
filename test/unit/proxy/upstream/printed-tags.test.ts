import { expect, test } from 'vitest';
import { printedTags } from '../../../../src/proxy/upstream/printed-tags.ts';
import { fullBatch } from './served.ts';

const [full] = fullBatch().chunks[0]!;
const long = 'x'.repeat(10_000);

test('events and links are tags, and the span is left as it was', () => {
  const before = structuredClone(full!);
  const { meta, metrics } = printedTags(full!);
  expect(JSON.parse(meta['events']!)).toMatchObject([{ name: 'e' }]);
  expect(JSON.parse(meta['_dd.span_links']!)).toMatchObject([{ span_id: '000000000000000a' }]);
  expect(metrics).toEqual(full!.metrics);
  expect(full).toEqual(before);
});

test('what finds no room is counted beside what was lost before', () => {
  const events = [1, 2, 3].map((seconds) => ({ ...full!.events![0]!, seconds, attributes: { long } }));
  const links = [1, 2, 3, 4].map(() => ({ ...full!.links![0]!, attributes: { long } }));
  const { meta, metrics } = printedTags({ ...full!, events, links });
  expect(JSON.parse(meta['events']!)).toHaveLength(2);
  expect(JSON.parse(meta['_dd.span_links']!)).toHaveLength(2);
  expect(metrics).toMatchObject({ 'otel.dropped_events_count': 3, 'otel.dropped_links_count': 2 });
});

test('typed events are no tag', () => {
  const { meta, metrics } = printedTags({ ...full!, events: [1, 2, 3].map(() => ({ ...full!.events![0]!, attributes: { long } })) }, true);
  expect(meta).not.toHaveProperty('events');
  expect(metrics).toEqual(full!.metrics);
});
