import type { FlushResult } from '../export/batch-span-processor.ts';
import type { Stats } from '../export/ledger.ts';
import { guard, tell } from '../trace/guard.ts';
import { TracerProvider } from '../trace/tracer-provider.ts';
import { ownApi, whyRefused } from './api-copy.ts';
import { show } from './check.ts';
import type { Configuration, ResolvedOptions } from './configuration.ts';
import { createClient, createTracing } from './create-tracing.ts';
import type { Host } from './host.ts';
import { checkOptions, forms, type InstrumentationLike, type TracingOptions } from './options.ts';

/** What `register` returns. No method throws or rejects. */
export interface TracingHandle {
  /** False where nothing is traced. */
  readonly ok: boolean;
  /** Why not, in a sentence; empty where `ok`. */
  readonly reason: string;
  readonly provider: TracerProvider;
  /** Each value with where it came from: `code`, a variable, or `default`. Secrets are masked. */
  readonly config: Configuration;
  /** Sends all spans that have ended. Resolves after `timeoutMillis` (default 10,000) at the latest. */
  forceFlush(options?: { timeoutMillis?: number }): Promise<FlushResult>;
  /** Sends what is there, undoes every patch and unregisters. */
  shutdown(): Promise<void>;
  /** Where every span is that was started here. */
  stats(): Stats;
}

/** What a later registration, also by another copy of this module, finds of an earlier one. */
interface Registration extends TracingHandle {
  readonly headerTags: TracingOptions['headerTags'];
}

/**
 * Makes the provider, registers it with the OpenTelemetry API and starts what watches the host.
 *
 * @throws TypeError naming option, rule and value where the options are wrong. Nothing after that throws into the host.
 */
export function registerTracing(given: TracingOptions, host: Host): TracingHandle {
  checkOptions(given);
  const { options, from, shown }: ResolvedOptions = host.resolve?.(given) ?? { options: given };
  const originOf = (key: string): string => from?.[key] ?? (options[key as 'env'] === undefined ? 'default' : 'code');
  const exporter = options.exporter ?? host.defaultExporter();
  const client = createClient(options, host);
  const inFlight = new Set<AbortController>();
  const running = createTracing(options, exporter, host, client, inFlight);
  const { tracing, batch } = running;
  const { stats } = client.ledger;

  const slots = registrationSlots();
  const earlier = slots[registrationKey()];
  // Tracers that were fetched early hold on to the first provider: a second registration exchanges what is behind it.
  const provider = earlier?.provider ?? new TracerProvider();
  void earlier?.shutdown();
  const api = options.api ?? ownApi();
  let reason = '';
  if (options.enabled === false) reason = `tracing is switched off by ${originOf('enabled')}`;
  else if (!api.trace.setGlobalTracerProvider(provider)) {
    reason = whyRefused(api, host.explainRefusal);
    tell(reason);
  }

  let isOn = !reason;
  let instrumentations: readonly InstrumentationLike[] = [];
  let stopExit: (() => void) | undefined;
  if (isOn) {
    api.context.setGlobalContextManager(guard(() => options.contextManager?.enable()) ?? host.contextManager());
    api.propagation.setGlobalPropagator(host.propagator(options));
    provider.tracing = tracing;
    instrumentations = options.instrumentations ?? host.instrumentations?.() ?? [];
    for (const one of instrumentations) guard(() => startInstrumentation(one, provider));
    stopExit = host.onExit?.({ batch, stats, inFlight, options });
  }

  const handle: Registration = {
    ok: isOn,
    reason,
    provider,
    config: describe(
      {
        sampleRate: 'none',
        traceIdBits: 128,
        traceContextInjection: 'sampled',
        debug: false,
        enabled: true,
        ...options,
        ...tracing.resource,
        batch: { ...host.batch, ...options.batch },
        spanLimits: tracing.limits,
        api: Boolean(options.api),
      },
      { ...shown, exporter: exporter.target },
      originOf,
    ),
    headerTags: options.headerTags,
    forceFlush: async ({ timeoutMillis } = {}) => running.flush(timeoutMillis),
    async shutdown() {
      if (isOn) for (const part of [api.trace, api.propagation, api.context]) part.disable();
      isOn = false;
      if (provider.tracing === tracing) provider.tracing = undefined;
      for (const one of instrumentations) guard(() => one.disable());
      stopExit?.();
      await running.shutdown();
    },
    stats: () => ({ ...stats, dropped: { ...stats.dropped } }),
  };
  if (options.debug) console.log('edgespan', handle.config);
  slots[registrationKey()] = handle;
  return handle;
}

/** OpenTelemetry's own instrumentations are enabled when they are made; a second time would patch twice. */
export function startInstrumentation(one: InstrumentationLike, provider: TracerProvider): void {
  one.setTracerProvider(provider);
  if (!one.getConfig?.()?.enabled) one.enable();
}

/** What servers are told by options or environment of the registration that is on. */
export function registeredHeaderTags(): TracingOptions['headerTags'] {
  return registrationSlots()[registrationKey()]?.headerTags;
}

function registrationSlots(): Record<symbol, Registration | undefined> {
  return globalThis as Record<symbol, Registration | undefined>;
}

function registrationKey(): symbol {
  return Symbol.for('edgespan.registration');
}

/** Each value with where it came from; of an option with methods, a word. */
function describe(values: object, shown: object | undefined, originOf: (key: string) => string): Configuration {
  return Object.fromEntries(
    Object.entries({ ...values, ...shown }).map(([key, value]) => [
      key,
      { value: !shown?.[key as never] && /have|function/.test(forms[key as 'tags']) ? show(value) : value, from: originOf(key) },
    ]),
  );
}
