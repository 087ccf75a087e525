import type { TracerProvider as OtelTracerProvider } from '@opentelemetry/api';
import type { FlushResult } from '../export/batch-span-processor.ts';
import type { EnvelopeRuntime } from '../export/envelope.ts';
import type { Stats } from '../export/ledger.ts';
import { TracerProvider } from '../trace/tracer-provider.ts';
import { check } from './check.ts';
import { createClient, createTracing } from './create-tracing.ts';
import type { Exporter } from './exporter.ts';
import { checkOptions, type TracingOptions } from './options.ts';
import { serverHost } from './server-host.ts';

export interface TracerProviderOptions
  extends Pick<
    TracingOptions,
    | 'service'
    | 'env'
    | 'version'
    | 'tags'
    | 'sampler'
    | 'sampling'
    | 'sampleRate'
    | 'batch'
    | 'spanLimits'
    | 'spanProcessors'
    | 'beforeSend'
    | 'onDrop'
  > {
  exporter: Exporter;
  /** What spans say where they come from. */
  runtime: EnvelopeRuntime;
}

/** A provider of one's own, that nothing global knows of. */
export interface OwnTracerProvider extends OtelTracerProvider {
  /** Sends all spans that have ended. Never rejects. */
  forceFlush(options?: { timeoutMillis?: number }): Promise<FlushResult>;
  /** Sends what is there and takes no more. */
  shutdown(): Promise<void>;
  stats(): Stats;
}

/**
 * A TracerProvider without registration: no globals, no patches, no exit hooks. For libraries' tests and for hosts that bring their own.
 *
 * @throws TypeError naming option, rule and value where the options are wrong.
 * @example
 * const provider = createTracerProvider({ service: 'job', runtime: 'node', exporter: intake({ url: 'https://shop.example/t' }) })
 */
export function createTracerProvider({ runtime, exporter, ...options }: TracerProviderOptions): OwnTracerProvider {
  checkOptions({ ...options, exporter });
  check(Boolean(exporter), 'exporter', 'be given', exporter, 'make a TracerProvider');
  const host = serverHost({
    runtime,
    runtimeVersion: '',
    fetch: (url, init) => globalThis.fetch(url, init),
    later(run, millis) {
      const timer = setTimeout(run, millis);
      return () => clearTimeout(timer);
    },
    contextManager() {
      throw new Error('never asked for');
    },
    environment: { read: () => ({ options: {}, from: {} }) },
  });
  const client = createClient(options, host);
  const { tracing, flush, shutdown } = createTracing(options, exporter, host, client, new Set());
  const provider = new TracerProvider();
  provider.tracing = tracing;
  return {
    getTracer: (name, version, scope) => provider.getTracer(name, version, scope),
    forceFlush: ({ timeoutMillis } = {}) => flush(timeoutMillis),
    shutdown() {
      provider.tracing = undefined;
      return shutdown();
    },
    stats: () => ({ ...client.ledger.stats, dropped: { ...client.ledger.stats.dropped } }),
  };
}
