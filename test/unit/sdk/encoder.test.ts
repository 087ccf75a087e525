import { expect, test } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { decodeTraces, isRefusal } from '../../../src/datadog/decode.ts';
import { type BeforeSend, createEncoder } from '../../../src/sdk/encoder.ts';
import type { SpanData } from '../../../src/trace/span-data.ts';
import { testTracing } from '../trace/tracing.ts';

function makeSpans(names: readonly string[], priority = 1): SpanData[] {
  const { provider, ended } = testTracing({ decide: () => ({ priority, mechanism: 0 }) });
  const tracer = provider.getTracer('t');
  const root = tracer.startSpan('root');
  for (const name of names) tracer.startSpan(name).end();
  root.end();
  return ended;
}

function encode(spans: readonly SpanData[], beforeSend?: BeforeSend) {
  const encoded = createEncoder({ sendsUnsampled: false, beforeSend })(spans);
  const text = encoded.pieces.map((piece) => new TextDecoder().decode(piece)).join('');
  const chunks = decodeTraces(text);
  if (isRefusal(chunks)) throw new Error(`${chunks.error} at ${chunks.path}`);
  return { encoded, resources: chunks.flat().map((span) => span.resource) };
}

test('unsampled traces are left out and counted', () => {
  const { encoded, resources } = encode([...makeSpans(['a']), ...makeSpans(['b', 'c'], 0)]);
  expect(resources.sort()).toEqual(['a', 'root']);
  expect(encoded).toMatchObject({ spans: 2, traces: 2, notSampled: 3, dropped: {} });
});

test('what beforeSend drops, throws on or makes unsound is left out alone, and the next span carries the tags of the chunk', () => {
  const { provider, ended } = testTracing();
  const tracer = provider.getTracer('t');
  tracer.startActiveSpan('first', (first) => {
    first.end();
  });
  const changes: Record<string, (span: DatadogSpan) => DatadogSpan | null> = {
    dropped: () => null,
    thrown: () => {
      throw new Error('mine');
    },
    number: (span) => ({ ...span, meta: { ...span.meta, bad: 1 as never } }),
    nan: (span) => ({ ...span, metrics: { bad: Number.NaN } }),
    changed: (span) => ({ ...span, resource: 'changed by the application' }),
  };
  for (const name of Object.keys(changes)) tracer.startSpan(name).end();
  const { encoded, resources } = encode(ended, (span) => changes[span.resource]?.(span) ?? (span.resource in changes ? null : span));
  expect(resources.sort()).toEqual(['changed by the application', 'first']);
  expect(encoded).toMatchObject({ spans: 2, dropped: { before_send: 4 } });
});

test('nothing left is an empty payload without a chunk', () => {
  const { encoded, resources } = encode(makeSpans(['a']), () => null);
  expect(resources).toEqual([]);
  expect(encoded).toMatchObject({ spans: 0, traces: 0, dropped: { before_send: 2 } });
});
