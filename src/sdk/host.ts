import type { ContextManager, TextMapPropagator } from '@opentelemetry/api';
import type { BatchOptions } from '../export/batch-span-processor.ts';
import type { GzipSync, Pause } from '../export/compress.ts';
import type { EnvelopeRuntime } from '../export/envelope.ts';
import type { Fetch, Later } from '../export/fetch-transport.ts';
import type { TimeSource } from '../trace/clock.ts';
import type { FillRandom } from '../trace/id-generator.ts';
import type { Environment } from './configuration.ts';
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
  readonly wallMillis: () => number;
  readonly fillRandom: FillRandom;
  readonly random: () => number;
  readonly batch: BatchOptions;
  readonly silenceMillis: number;
  /** What the environment says; absent in browsers. */
  readonly environment?: Environment | undefined;
  readonly defaultExporter: () => Exporter;
  /** What watches the host where the application says nothing. */
  readonly instrumentations?: (() => InstrumentationLike[]) | undefined;
  readonly contextManager: () => ContextManager;
  /** The propagator to register, around those given or the runtime's defaults. */
  readonly propagator: (options: Pick<TracingOptions, 'propagators' | 'propagation' | 'traceContextInjection'>) => TextMapPropagator;
  /** Fetches the compressor for page exit, where the runtime needs one. */
  readonly loadGzipSync?: (() => Promise<GzipSync>) | undefined;
  /** Hooks page or process exit. Returns what undoes it. */
  readonly onExit?: ((ports: ExitHooks) => () => void) | undefined;
}

/** What a host calls at its end. */
export interface ExitHooks {
  /** Page exit: send what fits, now. */
  flushUrgently(isGone: boolean): void;
  /**
   * Process exit: resolves when all is delivered, at the first failure, or after `timeoutMillis`. `isGone`: what is left then is
   * counted as lost, and requests in flight are aborted, as they would keep the process alive.
   */
  flushAtExit(timeoutMillis: number, isGone: boolean): Promise<void>;
  /** Whether anything is left to send. */
  hasWork(): boolean;
}
