// OpenTelemetry's own instrumentations for browsers, given to `register` unchanged.
import { trace } from '@opentelemetry/api';
import { DocumentLoadInstrumentation } from '@opentelemetry/instrumentation-document-load';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import { intake, register } from 'edgespan/browser';
import { expect, test } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { type Posted, readPosted } from '../../contract/tracing-host.ts';

/** The page's own `fetch` below everything: requests to the intake end here, the rest go out. */
async function withIntake(run: (posted: Promise<Posted>[]) => Promise<void>): Promise<DatadogSpan[]> {
  const original = globalThis.fetch;
  const posted: Promise<Posted>[] = [];
  globalThis.fetch = (input, init) => {
    if (!String(input).endsWith('/t')) return original(input, init);
    posted.push(readPosted(init?.body ?? ''));
    return Promise.resolve(new Response(null, { status: 202 }));
  };
  try {
    await run(posted);
  } finally {
    globalThis.fetch = original;
  }
  return (await Promise.all(posted)).flatMap(({ chunks }) => chunks.flat());
}

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** Their spans end by timers of their own, of 300 ms: flushes then, and until so many are there on a machine that is busy. */
async function flushUntil(tracing: { forceFlush(): Promise<unknown>; stats(): { delivered: number } }, spanCount: number): Promise<void> {
  await pause(500);
  await tracing.forceFlush();
  for (let tries = 0; tries < 100 && tracing.stats().delivered < spanCount; tries++) {
    await pause(100);
    await tracing.forceFlush();
  }
}

test('instrumentation-fetch makes its spans with our tracer, below ours', async () => {
  const spans = await withIntake(async () => {
    const tracing = register({ service: 'page', exporter: intake({ url: '/t' }), instrumentations: [new FetchInstrumentation()] });
    expect([tracing.ok, tracing.reason]).toEqual([true, '']);
    const answer = trace.getTracer('page').startActiveSpan('click', (span) => {
      const fetching = fetch('/some-file?query=1');
      span.end();
      return fetching;
    });
    await (await answer).text();
    await flushUntil(tracing, 2);
    await tracing.shutdown();
  });
  const click = spans.find((span) => span.resource === 'click');
  const request = spans.find((span) => span !== click);
  expect(spans.length).toBe(2);
  expect(Object.values(request?.meta ?? {}).some((value) => value.endsWith('/some-file?query=1'))).toBe(true);
  expect([request?.parentHigh, request?.parentLow]).toEqual([click?.spanHigh, click?.spanLow]);
  expect(request?.meta['span.kind']).toBe('client');
});

test('1,000 exports below OpenTelemetry’s patch, made before register, make no span', async () => {
  let requestCount = 0;
  const spans = await withIntake(async (posted) => {
    const early = new FetchInstrumentation();
    const tracing = register({ service: 'page', exporter: intake({ url: '/t' }), instrumentations: [early] });
    for (let count = 0; count < 1000; count++) {
      trace.getTracer('page').startSpan(`export ${count}`).end();
      await tracing.forceFlush();
    }
    await flushUntil(tracing, 1000);
    requestCount = posted.length;
    await tracing.shutdown();
  });
  expect(requestCount).toBe(1000);
  expect(spans.length).toBe(1000);
}, 60_000);

test('instrumentation-document-load makes its spans with our tracer', async () => {
  const spans = await withIntake(async () => {
    const tracing = register({ service: 'page', exporter: intake({ url: '/t' }), instrumentations: [new DocumentLoadInstrumentation()] });
    expect([tracing.ok, tracing.reason]).toEqual([true, '']);
    await flushUntil(tracing, 2);
    await tracing.shutdown();
  });
  const names = spans.map((span) => span.resource);
  expect(names).toContain('documentLoad');
  expect(names).toContain('documentFetch');
  const [load, loaded] = ['documentLoad', 'documentFetch'].map((name) => spans.find((span) => span.resource === name));
  expect([loaded?.parentHigh, loaded?.parentLow]).toEqual([load?.spanHigh, load?.spanLow]);
});
