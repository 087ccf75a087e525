import type { ContextManager, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import { context, propagation, trace } from '@opentelemetry/api';

/** The part of `@opentelemetry/api` that registration needs, typed by shape: the application's copy may be another one than ours. */
export interface ApiCopy {
  readonly trace: { setGlobalTracerProvider(provider: TracerProvider): boolean; disable(): void };
  readonly context: { setGlobalContextManager(manager: ContextManager): boolean; disable(): void };
  readonly propagation: { setGlobalPropagator(propagator: TextMapPropagator): boolean; disable(): void };
}

/** The copy that this package was installed with. */
export function ownApi(): ApiCopy {
  return { trace, context, propagation };
}

/** A runtime's own reason why its global is taken. */
export type ExplainRefusal = (apiVersion: string | undefined) => string | undefined;

interface ApiGlobal {
  version?: string;
  trace?: object;
}

/** What all copies of API 1.x share. */
function apiGlobal(): ApiGlobal | undefined {
  return (globalThis as Record<symbol, ApiGlobal | undefined>)[Symbol.for('opentelemetry.js.api.1')];
}

/**
 * Why the API refused a provider, in a sentence with what to do.
 *
 * @param explain what the runtime knows of the version that the global says.
 */
export function whyRefused(api: ApiCopy, explain?: ExplainRefusal): string {
  const found = apiGlobal();
  const known = explain?.(found?.version);
  if (known) return known;
  if (found?.trace)
    return 'another TracerProvider is registered already (an OpenTelemetry SDK, Sentry): remove it or register edgespan first';
  return `another copy of @opentelemetry/api came first: that is ${found?.version ?? 'unknown'}, this is ${versionOf(api)}; install one, or pass yours as \`api\``;
}

/** A copy says its version only by what it writes into an empty global. */
function versionOf(api: ApiCopy): string {
  const key = Symbol.for('opentelemetry.js.api.1');
  const globals = globalThis as Record<symbol, ApiGlobal | undefined>;
  const found = globals[key];
  try {
    delete globals[key];
    api.propagation.setGlobalPropagator({ inject() {}, extract: (context) => context, fields: () => [] });
    return globals[key]?.version ?? 'unknown';
  } finally {
    globals[key] = found;
  }
}
