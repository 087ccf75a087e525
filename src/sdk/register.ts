import type { FlushResult } from '../export/batch-span-processor.ts';
import type { Stats } from '../export/ledger.ts';
import { guard, tell } from '../trace/guard.ts';
import { TracerProvider } from '../trace/tracer-provider.ts';
import { type ApiCopy, ownApi, whyRefused } from './api-copy.ts';
import { type Configuration, mergeOptions } from './configuration.ts';
import { createClient, createTracing } from './create-tracing.ts';
import type { Host } from './host.ts';
import { checkOptions, type InstrumentationLike, type TracingOptions } from './options.ts';

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

/** What a later copy of this module finds of an earlier one. */
interface Registration {
  readonly provider: TracerProvider;
  readonly headerTags: TracingOptions['headerTags'];
  /** Whether the API's globals are its own. */
  isOn: boolean;
  stop(): Promise<void>;
}

const flushTimeoutMillis = 10_000;

/**
 * Makes the provider, registers it with the OpenTelemetry API and starts what watches the host.
 *
 * @throws TypeError naming option, rule and value where the options are wrong. Nothing after that throws into the host.
 */
export function registerTracing(given: TracingOptions, host: Host): TracingHandle {
  checkOptions(given);
  const { options, from, shown } = mergeOptions(given, host.environment?.read(given));
  const slot = registrationSlot();
  // Tracers that were fetched early hold on to the first provider: a second registration exchanges what is behind it.
  const earlier = slot.get();
  const provider = earlier?.provider ?? new TracerProvider();
  if (earlier) void earlier.stop();

  if (options.enabled === false) return offHandle(provider, `tracing is switched off by ${from['enabled']}`);
  const api = options.api ?? ownApi();
  if (earlier?.isOn) disable(api);
  if (!api.trace.setGlobalTracerProvider(provider)) {
    const reason = whyRefused(api);
    tell(reason);
    return offHandle(provider, reason);
  }
  api.context.setGlobalContextManager(options.contextManager?.enable() ?? host.contextManager());
  api.propagation.setGlobalPropagator(host.propagator(options));

  const exporter = options.exporter ?? host.defaultExporter();
  const client = createClient(options, host);
  const inFlight = new Set<AbortController>();
  const { tracing, batch } = createTracing(options, exporter, host, client, inFlight);
  const { stats } = client.ledger;
  provider.tracing = tracing;
  const config = describe(options, shown, from, exporter.target);
  if (options.debug) console.log('edgespan', config);

  const instrumentations = options.instrumentations ?? host.instrumentations?.() ?? [];
  for (const one of instrumentations) guard(() => startInstrumentation(one, provider));
  const stopExit = host.onExit?.({
    flushUrgently: (isGone) => guard(() => batch.flushUrgently(isGone)),
    flushAtExit: async (timeoutMillis, isGone) => {
      await batch.flush(timeoutMillis, true);
      if (isGone) batch.abandon('exit_overflow');
      if (isGone) for (const request of inFlight) request.abort();
    },
    hasWork: () => stats.buffered + stats.inFlight > 0,
  });

  const handle: TracingHandle = {
    ok: true,
    reason: '',
    provider,
    config,
    async forceFlush({ timeoutMillis = flushTimeoutMillis } = {}) {
      await tracing.processor.forceFlush?.();
      return batch.flush(timeoutMillis);
    },
    async shutdown() {
      if (registration.isOn) disable(api);
      await registration.stop();
    },
    stats: () => ({ ...stats, dropped: { ...stats.dropped } }),
  };
  const registration: Registration = {
    provider,
    headerTags: options.headerTags,
    isOn: true,
    async stop() {
      registration.isOn = false;
      if (provider.tracing === tracing) provider.tracing = undefined;
      for (const one of instrumentations) guard(() => one.disable());
      stopExit?.();
      batch.close();
      await tracing.processor.forceFlush?.();
      await batch.flush(flushTimeoutMillis);
      batch.abandon('shutdown');
      await tracing.processor.shutdown?.();
    },
  };
  slot.set(registration);
  return handle;
}

function disable({ trace, propagation, context }: ApiCopy): void {
  trace.disable();
  propagation.disable();
  context.disable();
}

/** OpenTelemetry's own instrumentations are enabled when they are made; a second time would patch twice. */
export function startInstrumentation(one: InstrumentationLike, provider: TracerProvider): void {
  one.setTracerProvider(provider);
  if (!one.getConfig?.()?.enabled) one.enable();
}

/** What servers are told by options or environment of the registration that is on. */
export function registeredHeaderTags(): TracingOptions['headerTags'] {
  return registrationSlot().get()?.headerTags;
}

function registrationSlot(): { get(): Registration | undefined; set(registration: Registration): void } {
  const key = Symbol.for('edgespan.registration');
  const slots = globalThis as Record<symbol, Registration | undefined>;
  return {
    get: () => slots[key],
    set: (registration) => {
      slots[key] = registration;
    },
  };
}

function offHandle(provider: TracerProvider, reason: string): TracingHandle {
  return {
    ok: false,
    reason,
    provider,
    config: {},
    forceFlush: async () => ({ delivered: 0, pending: 0, dropped: 0 }),
    shutdown: async () => {},
    stats: () => ({ started: 0, open: 0, notSampled: 0, delivered: 0, dropped: {}, buffered: 0, inFlight: 0, stored: 0 }),
  };
}

function describe(options: TracingOptions, shown: object | undefined, from: Record<string, string>, target: string): Configuration {
  const { service, env, version, tags, sampleRate, traceContextInjection, traceIdBits, headerTags, batch, spanLimits, debug } = options;
  const values = { service, env, version, tags, sampleRate, traceContextInjection, traceIdBits, headerTags, batch, spanLimits, debug };
  return {
    ...Object.fromEntries(Object.entries({ ...values, ...shown }).map(([key, value]) => [key, { value, from: from[key] ?? 'default' }])),
    exporter: { value: target, from: from['exporter'] ?? 'default' },
  };
}
