import { expect, test } from 'vitest';
import { withWholeTags } from '../../../src/datadog/whole-tags.ts';
import { fullBatch } from '../proxy/upstream/served.ts';

const full = () => fullBatch().chunks[0]![0]!;
const long = (bytes: number) => ({ text: 'x'.repeat(bytes) });

test('what finds room stays typed, and nothing is copied', () => {
  const span = full();
  expect(withWholeTags(span)).toBe(span);
  span.events = [{ ...span.events![0]!, attributes: long(24_900) }];
  expect(withWholeTags(span)).toBe(span);
});

test('what finds none is a tag of any length; the span itself is left as it was', () => {
  const span = full();
  span.events = [{ ...span.events![0]!, attributes: long(30_000) }];
  const before = structuredClone(span);
  const whole = withWholeTags(span);
  expect(JSON.parse(whole.meta['events']!)).toEqual([{ name: 'e', time_unix_nano: expect.any(Number), attributes: long(30_000) }]);
  expect([whole.events, whole.links]).toEqual([undefined, span.links]);
  expect(span).toEqual(before);
});

test('but no longer than a span may be', () => {
  const span = full();
  span.links = Array.from({ length: 100 }, () => ({ ...span.links![0]!, attributes: long(3_000) }));
  expect(withWholeTags(span)).toBe(span);
});
