// Processors of the application hold up neither a flush beyond its time nor our own spans.
import type { Span } from '@opentelemetry/api';
import { createTracerProvider } from 'edgespan';
import { intake, register, withSpan } from 'edgespan/node';
import { afterEach, expect, test, vi } from 'vitest';
import type { SpanProcessor } from '../../../src/trace/span-processor.ts';

afterEach(() => vi.useRealTimers());

const hangs = (): Promise<void> => new Promise(() => {});
const binding = { fetch: async () => new Response(null, { status: 202 }) };
const base = { service: 'shop', exporter: intake({ binding }) };
const doors = {
  register: (processor: SpanProcessor) => {
    const tracing = register({ ...base, instrumentations: [], spanProcessors: [processor] });
    return { ...tracing, makeSpan: () => withSpan('a', () => {}) };
  },
  createTracerProvider: (processor: SpanProcessor) => {
    const provider = createTracerProvider({ ...base, runtime: 'node', spanProcessors: [processor] });
    return { ...provider, makeSpan: () => provider.getTracer('test').startActiveSpan('a', (span: Span) => span.end()) };
  },
};

for (const [name, open] of Object.entries(doors)) {
  test(`${name}: a processor that hangs holds up forceFlush and shutdown no longer than their time`, async () => {
    const { makeSpan, forceFlush, shutdown } = open({ onEnd() {}, forceFlush: hangs, shutdown: hangs });
    makeSpan();
    expect(await forceFlush({ timeoutMillis: 200 })).toEqual({ delivered: 1, pending: 0, dropped: 0 });
    vi.useFakeTimers();
    const shutDown = shutdown();
    await vi.advanceTimersByTimeAsync(10_000);
    await shutDown;
  }, 5000);

  test(`${name}: processors that throw or reject change nothing; each is flushed and shut down`, async () => {
    const calls: string[] = [];
    const processor = {
      onEnd() {},
      forceFlush: () => Promise.reject(new Error(`${calls.push('forceFlush')}`)),
      shutdown() {
        calls.push('shutdown');
        throw new Error('not today');
      },
    };
    const { makeSpan, forceFlush, shutdown } = open(processor);
    makeSpan();
    expect(await forceFlush()).toEqual({ delivered: 1, pending: 0, dropped: 0 });
    await shutdown();
    expect(calls).toEqual(['forceFlush', 'shutdown']);
  });
}
