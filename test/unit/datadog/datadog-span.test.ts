import { expect, test } from 'vitest';
import { type DatadogSpan, isSound } from '../../../src/datadog/datadog-span.ts';
import { receivedOne } from './spans.ts';

test('a span as it was made is sound', () => {
  expect(isSound(receivedOne({ attributes: { a: 'b', n: 1.5 } }))).toBe(true);
});

test.each([
  ['a number in meta', { meta: { a: 1 } }],
  ['null in meta', { meta: { a: null } }],
  ['a text in metrics', { metrics: { a: '1' } }],
  ['NaN in metrics', { metrics: { a: Number.NaN } }],
  ['half an id', { spanLow: 1.5 }],
  ['no number', { startSeconds: Number.NaN }],
  ['a service that is no text', { service: undefined }],
  ['a resource that is no text', { resource: 7 }],
])('%s is not', (_, change) => {
  expect(isSound({ ...receivedOne({}), ...change } as unknown as DatadogSpan)).toBe(false);
});
