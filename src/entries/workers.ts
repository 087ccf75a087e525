import type { Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '../context/async-local-storage.ts';
import { StackContextManager } from '../context/stack.ts';
import type { ServerOptions } from '../instrument/server.ts';
import { workersFetchInstrumentation } from '../instrument/workers/fetch.ts';
import { instrumentHandler } from '../instrument/workers/handler.ts';
import { type ExecutionContextLike, trackWaitUntil } from '../runtime/wait-until.ts';
import { check } from '../sdk/check.ts';
import { createEnvironment } from '../sdk/environment.ts';
import type { Host } from '../sdk/host.ts';
import { createInvocations } from '../sdk/invocations.ts';
import type { TracingOptions } from '../sdk/options.ts';
import { startInstrumentation } from '../sdk/register.ts';
import { serverHost } from '../sdk/server-host.ts';
import { guard, tell } from '../trace/guard.ts';

export { recordException, withSpan } from '../instrument/with-span.ts';
export { type AgentOptions, agent } from '../sdk/agent-exporter.ts';
export { type IntakeOptions, intake } from '../sdk/exporter.ts';
export type { ServerOptions, TracingOptions };

/** What `instrument` takes: options of tracing, and how the spans of handlers look. */
export interface WorkersTracingOptions extends TracingOptions {
  server?: ServerOptions;
}

/** `Env` of a handler object, by whichever of its handlers names it. */
export type EnvOf<H> = H extends { fetch?: (request: never, env: infer Env, ...rest: never[]) => unknown }
  ? Env
  : H extends { scheduled?: (event: never, env: infer Env, ...rest: never[]) => unknown }
    ? Env
    : H extends { queue?: (batch: never, env: infer Env, ...rest: never[]) => unknown }
      ? Env
      : never;

/** Options by `env`; a method's type, so that an `env` that is written out narrower is taken. */
export type ConfigOfEnv<Env> = { of(env: Env): WorkersTracingOptions }['of'];

// Awaited here, so that a Worker with an old compatibility date and no flag starts all the same.
const asyncHooks: { AsyncLocalStorage: typeof import('node:async_hooks').AsyncLocalStorage } | undefined = await import(
  'node:async_hooks'
).catch(() => undefined);

/** `waitUntil` ends 30 s after the response. */
const flushMillis = 25_000;
/** Of that, what is waited for work of the application that may still end spans. */
const settleMillis = 15_000;

/**
 * A Worker's handler with a span around `fetch`, `scheduled` and `queue`, and around outgoing `fetch` below them. Spans are sent after
 * the response, within `waitUntil`. Touches nothing until a handler runs.
 *
 * @param config an object is checked at once; a function of `env` is called once per `env`.
 * @throws TypeError naming option, rule and value where an options object is wrong.
 * @example
 * export default instrument(handler, (env) => ({ service: 'api', exporter: intake({ binding: env.INTAKE }) }))
 */
export function instrument<H extends object>(handler: H, config: WorkersTracingOptions | ConfigOfEnv<EnvOf<H>>): H {
  check(Object(handler) === handler, 'handler', 'be an object', handler, 'instrument');
  const invocations = createInvocations(config as TracingOptions, workersHost, (instrumentations, provider) => {
    for (const one of instrumentations) guard(() => startInstrumentation(one, provider));
  });
  return instrumentHandler(handler, (env, executionContext) => {
    const invocation = invocations.begin((env ?? executionContext) as object);
    if (!invocation) return undefined;
    const { tracer, context, flush } = invocation;
    const { headerTags, server }: WorkersTracingOptions = invocation.options;
    const original = executionContext as ExecutionContextLike;
    const { tracked, settled } = trackWaitUntil(original);
    const finish = async (): Promise<void> => {
      await Promise.race([settled(), new Promise<void>((resolve) => setTimeout(resolve, settleMillis))]);
      invocation.onLateSpan = () => guard(() => original.waitUntil(flush(flushMillis - settleMillis)));
      await flush(flushMillis - settleMillis);
    };
    return {
      tracer,
      context,
      headerTags,
      options: server,
      executionContext: tracked,
      onEnd: () => guard(() => original.waitUntil(finish())),
    };
  });
}

function workersHost(env: object): Host {
  const fetch = (globalThis.fetch as typeof globalThis.fetch & { __original?: typeof globalThis.fetch }).__original ?? globalThis.fetch;
  return serverHost({
    runtime: 'workerd',
    runtimeVersion: '',
    fetch: (url, init) => fetch(url, withoutBrowserOptions(init)),
    later(run, millis) {
      const timer = setTimeout(run, millis);
      return () => clearTimeout(timer);
    },
    contextManager() {
      if (asyncHooks) return new AsyncLocalStorageContextManager(new asyncHooks.AsyncLocalStorage<Context>());
      tell('the active span is lost at the first await: set compatibility_flags = ["nodejs_als"]');
      return new StackContextManager();
    },
    environment: createEnvironment((name) => {
      const value = (env as Record<string, unknown>)[name];
      return typeof value === 'string' ? value : undefined;
    }),
    instrumentations: () => [workersFetchInstrumentation()],
    // No timers here: what an invocation made leaves when it ends.
    batch: { maxQueueSize: 4096, maxQueueBytes: 2_097_152, scheduledDelayMillis: Number.POSITIVE_INFINITY },
  });
}

/** workerd has no cookies and no keepalive, and throws on being told so. */
function withoutBrowserOptions({ credentials: _credentials, keepalive: _keepalive, ...init }: RequestInit): RequestInit {
  return init;
}
