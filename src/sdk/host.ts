import type { ContextManager, TextMapPropagator } from '@opentelemetry/api';
import type { BatchOptions, BatchSpanProcessor } from '../export/batch-span-processor.ts';
import type { GzipSync, Pause } from '../export/compress.ts';
import type { EnvelopeRuntime } from '../export/envelope.ts';
import type { FlushUrgently } from '../export/exit-flush.ts';
import type { Fetch, Later } from '../export/fetch-transport.ts';
import type { Stats } from '../export/ledger.ts';
import type { TimeSource } from '../trace/clock.ts';
import type { FillRandom } from '../trace/id-generator.ts';
import type { ExplainRefusal } from './api-copy.ts';
import type { ResolvedOptions } from './configuration.ts';
import type { Exporter } from './exporter.ts';
import type { InstrumentationLike, TracingOptions } from './options.ts';

/** What a door knows of its runtime; everything is taken when `register` or `instrument` runs, nothing at import. */
export interface Host {
  readonly runtime: EnvelopeRuntime;
  readonly runtimeVersion: string;
  readonly isPage: boolean;
  readonly fetch: Fetch;
  readonly later: Later;
  readonly pause: Pause;
  readonly time: TimeSource;
  readonly nowMillis: () => number;
  readonly fillRandom: FillRandom;
  readonly random: () => number;
  readonly batch: BatchOptions;
  readonly silenceMillis: number;
  /** Merges what the environment says; absent in browsers. */
  readonly resolve?: ((code: TracingOptions) => ResolvedOptions) | undefined;
  readonly defaultExporter: () => Exporter;
  /** What watches the host where the application says nothing. */
  readonly instrumentations?: (() => InstrumentationLike[]) | undefined;
  readonly contextManager: () => ContextManager;
  /** The propagator to register, around those given or the runtime's defaults. */
  readonly propagator: (options: Pick<TracingOptions, 'propagators' | 'propagation' | 'traceContextInjection'>) => TextMapPropagator;
  /** The compressor for page exit, once it is loaded. */
  readonly gzipSync?: (() => GzipSync | undefined) | undefined;
  /** Sends what fits into the quota of page exit. */
  readonly flushUrgently?: FlushUrgently | undefined;
  /** Says why the API refuses, where it is the runtime's own doing. */
  readonly explainRefusal?: ExplainRefusal | undefined;
  /** Hooks page or process exit. Returns what undoes it. */
  readonly onExit?: ((ports: ExitPorts) => () => void) | undefined;
}

/** What a host has to do with at its end. */
export interface ExitPorts {
  readonly batch: BatchSpanProcessor;
  readonly stats: Stats;
  /** Requests under way, which would keep a process alive. */
  readonly inFlight: ReadonlySet<AbortController>;
  readonly options: TracingOptions;
}
