import type { ContextManager } from '@opentelemetry/api';
import type { BatchOptions } from '../export/batch-span-processor.ts';
import type { EnvelopeRuntime } from '../export/envelope.ts';
import type { Fetch, Later } from '../export/fetch-transport.ts';
import { baggage } from '../propagation/baggage.ts';
import { composite } from '../propagation/composite.ts';
import { datadog } from '../propagation/datadog.ts';
import { traceContext } from '../propagation/trace-context.ts';
import { maxBatchCompressedBytes, maxBatchRawBytes, maxBatchSpans } from '../trace/limits.ts';
import { agent } from './agent-exporter.ts';
import { check, show } from './check.ts';
import { type Environment, mergeOptions } from './configuration.ts';
import { defaultStyles } from './environment-options.ts';
import type { ExitPorts, Host } from './host.ts';
import { checkForm, forms, type InstrumentationLike, type TracingOptions } from './options.ts';

/** A receiver that refuses everything is asked again after this. */
const silenceMillis = 300_000;

/** What differs between runtimes on servers. */
export interface ServerParts {
  readonly runtime: EnvelopeRuntime;
  readonly runtimeVersion: string;
  readonly fetch: Fetch;
  readonly later: Later;
  readonly contextManager: () => ContextManager;
  readonly environment: Environment;
  readonly instrumentations?: (() => InstrumentationLike[]) | undefined;
  readonly explainRefusal?: Host['explainRefusal'];
  readonly onExit?: ((ports: ExitPorts) => () => void) | undefined;
  readonly batch?: Partial<BatchOptions> | undefined;
}

/** A host on a server: Datadog's propagation styles, a larger buffer, an Agent on this machine by default. */
export function serverHost(parts: ServerParts): Host {
  return {
    ...parts,
    isPage: false,
    // The event loop is let through between pieces; a timer could be stopped or be a test's.
    pause: () => Promise.resolve(),
    time: performance,
    nowMillis: () => Date.now(),
    fillRandom: (words) => crypto.getRandomValues(words),
    random: () => Math.random(),
    batch: {
      maxQueueSize: 32_768,
      maxQueueBytes: 16_777_216,
      maxExportBatchSize: maxBatchSpans,
      maxBatchRawBytes,
      maxBatchCompressedBytes,
      scheduledDelayMillis: 5000,
      ...parts.batch,
    },
    silenceMillis,
    resolve(code) {
      checkServerOptions(code);
      const merged = mergeOptions(code, parts.environment.read(code));
      return { ...merged, shown: { ...shownDefaults(merged.options), ...merged.shown, ...showPropagation(code, merged.shown) } };
    },
    defaultExporter: () => agent(),
    propagator: ({ propagators = [datadog(), traceContext(), baggage()], propagation, traceContextInjection = 'all' }) =>
      composite({ propagators, ...propagation, traceContextInjection }),
  };
}

/** What pages do not have, may do, or take for its default. */
function checkServerOptions({ exporter, headerTags, propagation, traceContextInjection, traceIdBits }: TracingOptions): void {
  const { inject, extract, behaviorExtract } = propagation ?? {};
  checkForm('headerTags', headerTags, forms.tags);
  for (const [header, tag] of Object.entries(headerTags ?? {})) checkForm(`headerTags.${header}`, tag, forms.service);
  checkForm('propagation', propagation, forms.tags);
  for (const [name, list] of Object.entries({ inject, extract })) checkForm(`propagation.${name}`, list, forms.propagators);
  const choices = {
    traceIdBits: [traceIdBits, 64, 128],
    traceContextInjection: [traceContextInjection, 'all', 'sampled'],
    'propagation.behaviorExtract': [behaviorExtract, 'continue', 'restart', 'ignore'],
  };
  for (const [name, [value, ...right]] of Object.entries(choices)) {
    check(value === undefined || right.includes(value), name, `be ${right.join(' or ')}`, value);
  }
  const isRelative = exporter?.kind === 'intake' && !/^(https?:|service)/i.test(exporter.target);
  check(!isRelative, 'exporter', 'have an absolute `url`', exporter?.target);
}

/** For people: defaults of servers alone. */
function shownDefaults(options: TracingOptions): object {
  const defaults = { propagators: { both: defaultStyles }, traceContextInjection: 'all', headerTags: {} };
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => options[key as keyof typeof defaults] === undefined));
}

/** Propagators for one way, of code and environment, by a word each. */
function showPropagation({ propagation }: TracingOptions, shown: object | undefined): object {
  if (!propagation) return {};
  const said = Object.entries(propagation).map(([key, value]) => [key, Array.isArray(value) ? show(value) : value]);
  return { propagation: { ...(shown as { propagation?: object })?.propagation, ...Object.fromEntries(said) } };
}
