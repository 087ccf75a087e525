import { type Context, context as contextApi, propagation, ROOT_CONTEXT, type Tracer, trace } from '@opentelemetry/api';
import { guard, tell } from '../trace/guard.ts';
import { TracerProvider, tracingKey } from '../trace/tracer-provider.ts';
import { type Client, createClient, createTracing } from './create-tracing.ts';
import type { Exporter } from './exporter.ts';
import type { Host } from './host.ts';
import { checkOptions, type InstrumentationLike, type TracingOptions } from './options.ts';

/** What is the same for every invocation with one `env`. */
interface Prepared {
  readonly options: TracingOptions;
  readonly exporter: Exporter;
  readonly host: Host;
  readonly client: Client;
}

/** One invocation: where its spans belong, and how they leave. */
export interface InvocationTracing {
  readonly tracer: Tracer;
  readonly context: Context;
  /** As they came out of code and environment. */
  readonly options: TracingOptions;
  /** Sends what has ended. Resolves after `timeoutMillis` at the latest; what is left then is counted as lost. */
  flush(timeoutMillis: number): Promise<void>;
  /** Called after each span that ends once this is set. */
  onLateSpan: (() => void) | undefined;
}

/** Makes the record of each invocation. The provider holds none of them: it travels in the active context. */
export interface Invocations {
  /** Undefined where tracing is off; said once. */
  begin(env: object): InvocationTracing | undefined;
}

/**
 * @param config checked at once where it is an object; a function is called once per `env`, and where its result is wrong that is said
 *   once and the handler runs untraced.
 */
export function createInvocations(
  config: TracingOptions | ((env: never) => TracingOptions),
  hostOf: (env: object) => Host,
  enable: (instrumentations: readonly InstrumentationLike[], provider: TracerProvider) => void,
): Invocations {
  if (typeof config !== 'function') checkOptions(config);
  const prepared = new WeakMap<object, Prepared | 'off'>();

  function prepare(env: object): Prepared | 'off' {
    try {
      const given = typeof config === 'function' ? config(env as never) : config;
      checkOptions(given);
      const host = hostOf(env);
      const options = host.resolve?.(given).options ?? given;
      if (options.enabled === false) return 'off';
      if (!options.exporter) {
        tell('nothing is traced: give `exporter: intake({ binding: env.INTAKE })`, or set EDGESPAN_INTAKE_URL');
        return 'off';
      }
      registerOnce(options, host, enable);
      return { options, exporter: options.exporter, host, client: createClient(options, host) };
    } catch (error) {
      tell('nothing is traced', error);
      return 'off';
    }
  }

  return {
    begin(env) {
      const found = prepared.get(env) ?? prepare(env);
      prepared.set(env, found);
      if (found === 'off') return undefined;
      const { options, exporter, host, client } = found;
      const { tracing, batch, flush: sendAll } = createTracing(options, exporter, host, client, new Set());
      const invocation: InvocationTracing = {
        tracer: trace.getTracer('edgespan'),
        options,
        context: ROOT_CONTEXT.setValue(tracingKey(), {
          ...tracing,
          processor: {
            ...tracing.processor,
            onEnd(span) {
              tracing.processor.onEnd(span);
              invocation.onLateSpan?.();
            },
          },
        } satisfies typeof tracing),
        onLateSpan: undefined,
        async flush(timeoutMillis) {
          await sendAll(timeoutMillis);
          batch.abandon('exit_overflow');
        },
      };
      return invocation;
    },
  };
}

/** One isolate serves many handlers, classes and services: the first of them registers, all share the provider. */
function registerOnce(
  options: TracingOptions,
  host: Host,
  enable: (instrumentations: readonly InstrumentationLike[], provider: TracerProvider) => void,
): void {
  const key = Symbol.for('edgespan.worker-provider');
  const slots = globalThis as Record<symbol, TracerProvider | undefined>;
  if (slots[key]) return;
  const provider = new TracerProvider();
  slots[key] = provider;
  if (!trace.setGlobalTracerProvider(provider)) tell('another TracerProvider is registered already: remove it');
  contextApi.setGlobalContextManager(guard(() => options.contextManager?.enable()) ?? host.contextManager());
  propagation.setGlobalPropagator(host.propagator(options));
  enable(options.instrumentations ?? host.instrumentations?.() ?? [], provider);
}
