import { expect, test } from 'vitest';
import { createTraceStore, summarize } from '../../../src/viewer/trace-store.ts';
import type { StoredSpan } from '../../../src/viewer/viewer-mapping.ts';
import { viewerSpan } from './spans.ts';

const stored = (trace: number, id: number): StoredSpan => ({
  view: viewerSpan(`${id}`, '', trace, trace + 1, { traceId: `${trace}`.padStart(32, '0') }),
  span: {} as StoredSpan['span'],
});

test('goes by bytes too, and a span that alone is too large leaves nothing behind', () => {
  const store = createTraceStore({ maxTraces: 10, maxSpans: 10, maxBytes: 100 });
  store.add([stored(1, 1)], 60);
  expect(store.add([stored(2, 1)], 60).evicted).toEqual(['1'.padStart(32, '0')]);
  expect(store.add([stored(3, 1)], 101).added).toEqual([]);
  expect(store.list()).toEqual([]);
  expect(store.counts()).toEqual({ evictedTraces: 2, refusedSpans: 1 });
});

test('a span that comes again replaces the first, and counts once', () => {
  const store = createTraceStore({ maxTraces: 1, maxSpans: 2, maxBytes: 1_000 });
  for (let count = 0; count < 5; count++) store.add([stored(1, 1)], 10);
  store.add([stored(1, 2)], 10);
  expect([...store.spans()]).toHaveLength(2);
  expect(store.counts().refusedSpans).toBe(0);
});

test('a summary has the root, the whole span of time and what it touched', () => {
  const spans = [
    viewerSpan('2', '1', 10, 250, { service: 'api', error: 1, runtime: 'workerd' }),
    viewerSpan('1', '', 0, 200, { runtime: 'browser' }),
    viewerSpan('3', '1', 5, 6, { runtime: '' }),
  ];
  expect(summarize('t', spans)).toEqual({
    traceId: 't',
    root: { service: 'shop', name: 'internal', resource: '1' },
    startNano: '1795477916860123047',
    durationNano: 250,
    spans: 3,
    errors: 1,
    services: ['api', 'shop'],
    runtimes: ['workerd', 'browser'],
  });
  expect(summarize('t', spans.slice(0, 1)).root).toBeNull();
});
