import { batchKey, estimateSpanBytes } from '../datadog/chunk.ts';
import { createPrioritySampler, onManualTag } from '../datadog/priority-sampler.ts';
import type { ClientIdentity } from '../export/batch.ts';
import { type BatchSpanProcessor, createBatchSpanProcessor, type FlushResult } from '../export/batch-span-processor.ts';
import { Ledger } from '../export/ledger.ts';
import { Clock } from '../trace/clock.ts';
import { tell } from '../trace/guard.ts';
import { IdGenerator } from '../trace/id-generator.ts';
import { defaultSpanLimits } from '../trace/limits.ts';
import { hex64 } from '../trace/print-ids.ts';
import type { Tracing } from '../trace/tracing.ts';
import { createEncoder } from './encoder.ts';
import type { Exporter } from './exporter.ts';
import type { Host } from './host.ts';
import type { TracingOptions } from './options.ts';
import { createPipeline } from './pipeline.ts';
import { tracerVersion } from './version.ts';

/** What outlives one invocation of a Worker: who sends, and the books. */
export interface Client {
  readonly ids: IdGenerator;
  readonly identity: ClientIdentity;
  readonly ledger: Ledger;
  /** Troubles of its receiver that were told. */
  readonly told: Set<string>;
}

export interface RunningTracing {
  readonly tracing: Tracing;
  readonly batch: BatchSpanProcessor;
  /** Sends what has ended, by the application's processors too. Resolves after `timeoutMillis` (default 10,000) at the latest. */
  flush(timeoutMillis?: number): Promise<FlushResult>;
  /** The same, takes no more spans, and counts what is left as lost. */
  shutdown(): Promise<void>;
}

const flushTimeoutMillis = 10_000;
const defaultService = 'unnamed-service';

export function createClient(options: TracingOptions, host: Host): Client {
  const ids = new IdGenerator(host.fillRandom);
  const next = (): string => {
    ids.next();
    return hex64(ids.high, ids.low);
  };
  return { ids, identity: { client: next() + next(), nextSeq: 0 }, ledger: new Ledger(options.onDrop), told: new Set() };
}

/** Strings one registration together: from checked options to the record that spans are made from. */
export function createTracing(
  options: TracingOptions,
  exporter: Exporter,
  host: Host,
  { ids, identity, ledger, told }: Client,
  inFlight: Set<AbortController>,
): RunningTracing {
  const { sampler, sampleRate, sampling, compression } = options;
  const ports = { ...host, tracerVersion, tell, inFlight };
  const transport = exporter.open(ports);
  const batch = createBatchSpanProcessor(
    { ...host.batch, ...options.batch },
    {
      ...ports,
      transport,
      ledger,
      identity,
      onTrouble({ kind, detail = '' }) {
        // Once for each status.
        const seen = kind + detail.slice(0, 3);
        if (!told.has(seen)) tell(`spans ${kind === 'retry' ? 'wait' : 'fail'} at ${exporter.target}: ${detail}`);
        told.add(seen);
      },
      estimate: estimateSpanBytes,
      keyOf: batchKey,
      gzipSync: () => compression?.gzipSync ?? host.gzipSync?.(),
      encode: createEncoder({
        sendsUnsampled: exporter.sendsUnsampled,
        beforeSend: options.beforeSend,
        sampleSpan: sampling?.sampleSpan,
        printEvents: transport.printEvents,
      }),
    },
  );
  const tracing: Tracing = {
    resource: {
      service: options.service ?? defaultService,
      env: options.env ?? '',
      version: options.version ?? '',
      tags: { ...options.tags },
    },
    clock: new Clock(host.time, host.nowMillis),
    ids,
    has64BitIds: options.traceIdBits === 64,
    limits: { ...defaultSpanLimits, ...options.spanLimits },
    sampler,
    decide: createPrioritySampler({ sampleRate, rules: sampling, agentRate: transport.rateOf }),
    onAttribute: sampler ? () => {} : onManualTag,
    processor: createPipeline(options.spanProcessors ?? [], batch),
  };
  const { processor } = tracing;
  return {
    tracing,
    batch,
    flush: (timeoutMillis = flushTimeoutMillis) => batch.flush(timeoutMillis, false, processor.forceFlush?.()),
    async shutdown() {
      batch.close();
      await batch.flush(flushTimeoutMillis, false, processor.shutdown?.());
      batch.abandon('shutdown');
    },
  };
}
