// One case of `bench -- span` in a process of its own: prints CPU nanoseconds and heap bytes a span as JSON.
import { AsyncLocalStorage } from 'node:async_hooks';
import { context, type Tracer, trace } from '@opentelemetry/api';
import { AlwaysOffSampler, BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { AsyncLocalStorageContextManager } from '../../src/context/async-local-storage.ts';
import { batchKey, estimateSpanBytes } from '../../src/datadog/chunk.ts';
import { createBatchSpanProcessor } from '../../src/export/batch-span-processor.ts';
import { Ledger } from '../../src/export/ledger.ts';
import { alwaysOff } from '../../src/trace/sampler.ts';
import type { Tracing } from '../../src/trace/tracing.ts';
import { cpuNanosOf } from './rounds.ts';
import { benchTracing } from './workload.ts';

const batchSize = 500;
const warmUps = 200;
const batches = 400;

interface Case {
  readonly run: () => void;
  /** Empties what was buffered, not counted. */
  readonly flush: () => unknown;
}

function spansOf(tracer: Tracer): () => void {
  let number = 0;
  return () => {
    const span = tracer.startSpan('request');
    span.setAttribute('http.request.method', 'GET');
    span.setAttribute('http.route', '/api/orders/:id');
    span.setAttribute('http.response.status_code', 200);
    span.setAttribute('app.is_member', true);
    span.setAttribute('app.user', number++);
    span.addEvent('cache.miss');
    span.end();
  };
}

function activeSpansOf(tracer: Tracer): () => void {
  let number = 0;
  return () =>
    tracer.startActiveSpan('request', (span) => {
      span.setAttribute('http.request.method', 'GET');
      span.setAttribute('http.route', '/api/orders/:id');
      span.setAttribute('http.response.status_code', 200);
      span.setAttribute('app.is_member', true);
      span.setAttribute('app.user', number++);
      span.addEvent('cache.miss');
      span.end();
    });
}

/** As `register` strings it together, with a receiver that is never reached. */
function edgespan(changes: Partial<Tracing>): { tracer: Tracer; flush: () => unknown } {
  const never = (): never => {
    throw new Error('Cannot send as a benchmark has no receiver');
  };
  const batch = createBatchSpanProcessor(
    {
      maxQueueSize: 4096,
      maxQueueBytes: 2 ** 24,
      maxExportBatchSize: 512,
      maxBatchRawBytes: 2 ** 20,
      maxBatchCompressedBytes: 2 ** 20,
      scheduledDelayMillis: Number.POSITIVE_INFINITY,
    },
    {
      estimate: estimateSpanBytes,
      keyOf: batchKey,
      later: () => () => {},
      random: Math.random,
      onTrouble: never,
      silenceMillis: 0,
      encode: never,
      transport: { isCompressed: true, send: never },
      gzipSync: never,
      pause: never,
      nowMillis: Date.now,
      ledger: new Ledger(undefined),
      identity: { client: '', nextSeq: 0 },
    },
  );
  return { tracer: benchTracing({ processor: batch, ...changes }).getTracer('bench'), flush: () => batch.abandon('shutdown') };
}

function otel(changes: object): { tracer: Tracer; flush: () => unknown } {
  const exporter = { export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }), shutdown: async () => {} };
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 4096, maxExportBatchSize: 512, scheduledDelayMillis: 1e6 });
  const provider = new BasicTracerProvider({ spanProcessors: [processor], ...changes });
  return { tracer: provider.getTracer('bench'), flush: () => processor.forceFlush() };
}

function made(of: (tracer: Tracer) => () => void, { tracer, flush }: { tracer: Tracer; flush: () => unknown }): Case {
  return { run: of(tracer), flush };
}

const nothing = (): void => {};
const noOp = { tracer: trace.getTracer('no-op'), flush: nothing };

const cases: Record<string, () => Case> = {
  floor() {
    const digits = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1));
    const half = (): string => {
      const bits = Math.random() * 2 ** 32;
      return digits[bits >>> 24]! + digits[(bits >>> 16) & 255]! + digits[(bits >>> 8) & 255]! + digits[bits & 255]!;
    };
    let kept: object[] = [];
    let number = 0;
    return {
      run() {
        kept.push({
          name: 'request',
          id: half() + half(),
          start: performance.now(),
          attributes: {
            'http.request.method': 'GET',
            'http.route': '/api/orders/:id',
            'http.response.status_code': 200,
            'app.is_member': true,
            'app.user': number++,
          },
          events: [{ name: 'cache.miss', time: performance.now() }],
          end: performance.now(),
        });
      },
      flush: () => {
        kept = [];
      },
    };
  },
  'no-op': () => made(spansOf, noOp),
  'no-op active': () => made(activeSpansOf, noOp),
  edgespan: () => made(spansOf, edgespan({})),
  'edgespan active': () => made(activeSpansOf, edgespan({})),
  'edgespan out': () => made(spansOf, edgespan({ sampler: alwaysOff() })),
  otel: () => made(spansOf, otel({})),
  'otel active': () => made(activeSpansOf, otel({})),
  'otel out': () => made(spansOf, otel({ sampler: new AlwaysOffSampler() })),
};

context.setGlobalContextManager(new AsyncLocalStorageContextManager(new AsyncLocalStorage()));
const make = cases[process.argv[2] ?? ''];
if (!make) throw new Error(`Cannot measure as the case must be one of ${Object.keys(cases)}: current value is ${process.argv[2]}`);
const { run, flush } = make();
const batch = (): void => {
  for (let index = 0; index < batchSize; index++) run();
};
for (let index = 0; index < warmUps; index++) {
  batch();
  await flush();
}
const samples: number[] = [];
for (let index = 0; index < batches; index++) {
  samples.push(cpuNanosOf(batch) / batchSize);
  await flush();
}
samples.sort((a, b) => a - b);
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
for (let index = 0; index < 8; index++) batch();
globalThis.gc?.();
const heapBytes = (process.memoryUsage().heapUsed - before) / (8 * batchSize);
await flush();
console.log(JSON.stringify({ cpuNanos: samples[batches >> 1], heapBytes }));
