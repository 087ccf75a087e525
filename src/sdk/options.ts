import type { ContextManager, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import type { DatadogRules } from '../datadog/datadog-rules.ts';
import type { BatchOptions } from '../export/batch-span-processor.ts';
import type { GzipSync } from '../export/compress.ts';
import type { OnDrop } from '../export/ledger.ts';
import type { CompositeOptions } from '../propagation/composite.ts';
import type { SpanLimits } from '../trace/limits.ts';
import type { Sampler } from '../trace/sampler.ts';
import type { SpanProcessor } from '../trace/span-processor.ts';
import type { ApiCopy } from './api-copy.ts';
import { check } from './check.ts';
import type { BeforeSend } from './encoder.ts';
import type { Exporter } from './exporter.ts';

/** By shape the `Instrumentation` of `@opentelemetry/instrumentation`: ours and OpenTelemetry's own go into one list. */
export interface InstrumentationLike {
  enable(): void;
  disable(): void;
  setTracerProvider(provider: TracerProvider): void;
  getConfig?(): { enabled?: boolean | undefined };
}

/** How a trace goes on from and to other services, beyond `propagators`. */
export type PropagationOptions = Omit<CompositeOptions, 'propagators' | 'traceContextInjection'>;

/** What `register` takes. Every value has a default but `service`, which names the application. */
export interface TracingOptions {
  /** Name of the application in Datadog. Default: `DD_SERVICE` where there is an environment, else `unnamed-service`. */
  service?: string | undefined;
  /** Where it runs: `prod`, `staging`. */
  env?: string | undefined;
  /** Which build of it. */
  version?: string | undefined;
  /** Tags of every span. */
  tags?: Record<string, string> | undefined;
  /** Where spans go: `intake(…)` or `agent(…)`. */
  exporter?: Exporter | undefined;
  /** What watches the host: `fetchInstrumentation()`, OpenTelemetry's `new FetchInstrumentation()`, … */
  instrumentations?: readonly InstrumentationLike[] | undefined;
  /** Carries the active span. Default: what the runtime has. */
  contextManager?: ContextManager | undefined;
  /** Share of traces that are kept, 0 to 1; the same traces as at every other Datadog tracer with that rate. */
  sampleRate?: number | undefined;
  /** Datadog's rules: `datadogRules(…)`. Instead of `sampleRate`. */
  sampling?: DatadogRules | undefined;
  /** An OpenTelemetry sampler, which decides at the start of each span. Instead of `sampleRate` and `sampling`. */
  sampler?: Sampler | undefined;
  /** What carries the trace to other services. Default: W3C in browsers; Datadog's, W3C and baggage elsewhere. */
  propagators?: readonly TextMapPropagator[] | undefined;
  /** On servers: propagators for one way only, and what becomes of a trace that comes in. */
  propagation?: PropagationOptions | undefined;
  /** Bits of new trace ids. Default 128. */
  traceIdBits?: 64 | 128 | undefined;
  /** On servers: tag by the name of a header, of requests and responses; empty for `http.request.headers.<header>`, `http.response.…`. */
  headerTags?: Readonly<Record<string, string>> | undefined;
  /** `sampled`: a trace that is not kept injects nothing. Default: `sampled` in browsers, `all` elsewhere. */
  traceContextInjection?: 'all' | 'sampled' | undefined;
  /** How spans are buffered and cut into batches. */
  batch?: Partial<BatchOptions> | undefined;
  spanLimits?: Partial<SpanLimits> | undefined;
  /** See each span before it is exported. */
  spanProcessors?: readonly SpanProcessor[] | undefined;
  /** The last word on each span, in Datadog's terms: change it and return it, or null to drop it. */
  beforeSend?: BeforeSend | undefined;
  /** Told of every loss. */
  onDrop?: OnDrop | undefined;
  /** `gzip()` of `edgespan/gzip`: the compressor for page exit in the static graph instead of fetched when idle. */
  compression?: { readonly gzipSync: GzipSync } | undefined;
  /** The application's copy of `@opentelemetry/api`, where it has another one than this package. */
  api?: ApiCopy | undefined;
  /** Prints the resolved configuration once. */
  debug?: boolean | undefined;
  /** False switches everything off. */
  enabled?: boolean | undefined;
}

/** What options must be, or have. Read by `checkForm`: the first word and the last. */
export const forms = {
  service: 'be a string',
  env: 'be a string',
  version: 'be a string',
  debug: 'be a boolean',
  enabled: 'be a boolean',
  beforeSend: 'be a function',
  onDrop: 'be a function',
  tags: 'be an object',
  exporter: 'come from intake() or agent(), with open',
  contextManager: 'have enable',
  sampler: 'have shouldSample',
  sampling: 'have decide',
  compression: 'have gzipSync',
  instrumentations: 'all have enable',
  propagators: 'all have inject',
  spanProcessors: 'all have onEnd',
};

/** Throws on the first option that cannot be meant so. */
export function checkOptions(options: TracingOptions): void {
  check(Object(options) === options, 'options', 'be an object', options);
  for (const [name, form] of Object.entries(forms)) checkForm(name, options[name as 'tags'], form);
  const { service, sampleRate, sampleRate: rate = 0, sampling, sampler, tags, batch, spanLimits, api } = options;
  check(service !== '', 'service', 'not be empty', service);
  check(typeof rate === 'number' && rate >= 0 && rate <= 1, 'sampleRate', 'be within 0..1', sampleRate);
  check(!sampler || (!sampling && sampleRate === undefined), 'sampler', 'stand without `sampling` and `sampleRate`', 'both');
  check(!sampling || sampleRate === undefined, 'sampling', 'stand without `sampleRate`', 'both');
  check(!api || Boolean(api.trace), 'api', 'be all of `@opentelemetry/api`', api);
  for (const [key, value] of Object.entries(tags ?? {})) checkForm(`tags.${key}`, value, forms.env);
  for (const [group, counts] of Object.entries({ batch, spanLimits })) {
    for (const [key, value] of Object.entries(counts ?? {})) {
      const least = +key.startsWith('max');
      check(value === undefined || (typeof value === 'number' && value >= least), `${group}.${key}`, `be a number from ${least}`, value);
    }
  }
}

/** Throws unless the value is absent or as `form` says. */
export function checkForm(name: string, value: unknown, form: string): void {
  const word = form.split(' ').pop() ?? '';
  const all: unknown = form.startsWith('all') ? value : [value];
  const fits = (one: unknown): boolean =>
    form.startsWith('be') ? typeof one === word : typeof (one as Record<string, unknown> | undefined)?.[word] === 'function';
  check(value === undefined || (Array.isArray(all) && all.every(fits)), name, form, value);
}
