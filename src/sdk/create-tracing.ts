import { createPrioritySampler, onManualTag } from '../datadog/priority-sampler.ts';
import type { ClientIdentity } from '../export/batch.ts';
import { type BatchSpanProcessor, createBatchSpanProcessor } from '../export/batch-span-processor.ts';
import type { GzipSync } from '../export/compress.ts';
import { Ledger } from '../export/ledger.ts';
import { Clock } from '../trace/clock.ts';
import { tell } from '../trace/guard.ts';
import { IdGenerator } from '../trace/id-generator.ts';
import { defaultSpanLimits } from '../trace/limits.ts';
import { hex64 } from '../trace/print-ids.ts';
import type { Tracing } from '../trace/tracing.ts';
import { createEncoder, estimate, keyOf } from './encoder.ts';
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
}

export interface RunningTracing {
  readonly tracing: Tracing;
  readonly batch: BatchSpanProcessor;
}

const defaultService = 'unnamed-service';

export function createClient(options: TracingOptions, host: Host): Client {
  const ids = new IdGenerator(host.fillRandom);
  const next = (): string => {
    ids.next();
    return hex64(ids.high, ids.low);
  };
  return { ids, identity: { client: next() + next(), nextSeq: 0 }, ledger: new Ledger(options.onDrop) };
}

/** Strings one registration together: from checked options to the record that spans are made from. */
export function createTracing(
  options: TracingOptions,
  exporter: Exporter,
  host: Host,
  { ids, identity, ledger }: Client,
  inFlight: Set<AbortController>,
): RunningTracing {
  const { sampler, sampleRate, sampling, compression } = options;
  let loaded: GzipSync | undefined = compression?.gzipSync;
  const transport = exporter.open({ ...host, nowMillis: host.wallMillis, tracerVersion, tell, inFlight });
  const batch = createBatchSpanProcessor(
    { ...host.batch, ...options.batch },
    {
      ...host,
      nowMillis: host.wallMillis,
      transport,
      ledger,
      identity,
      estimate,
      keyOf,
      tell: (message) => tell(message),
      gzipSync: () => loaded,
      encode: createEncoder({
        sendsUnsampled: exporter.sendsUnsampled,
        beforeSend: options.beforeSend,
        sampleSpan: sampling?.sampleSpan,
        printEvents: transport.printEvents,
      }),
    },
  );
  // Page exit has no time to fetch anything; a page that never gets idle sends its rest uncompressed.
  if (!loaded && host.loadGzipSync && transport.isCompressed) {
    host.later(() => {
      host.loadGzipSync?.().then(
        (gzipSync) => {
          loaded = gzipSync;
        },
        (error) => tell('page exit will not compress', error),
      );
    }, loadDelayMillis);
  }
  const tracing: Tracing = {
    resource: {
      service: options.service ?? defaultService,
      env: options.env ?? '',
      version: options.version ?? '',
      tags: { ...options.tags },
    },
    clock: new Clock(host.time, host.wallMillis),
    ids,
    has64BitIds: options.traceIdBits === 64,
    limits: { ...defaultSpanLimits, ...options.spanLimits },
    sampler,
    decide: createPrioritySampler({ sampleRate, rules: sampling, agentRate: transport.rateOf }),
    onAttribute: sampler ? () => {} : onManualTag,
    processor: createPipeline(options.spanProcessors ?? [], batch),
  };
  return { tracing, batch };
}

/** Long enough to leave the page's own start alone. */
const loadDelayMillis = 1000;
