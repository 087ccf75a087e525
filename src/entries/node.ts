import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '../context/async-local-storage.ts';
import { type FetchHandler, type FetchServer, instrumentServe } from '../instrument/deno/serve.ts';
import { globalFetchInstrumentation } from '../instrument/global-fetch.ts';
import type { ServerOptions } from '../instrument/server.ts';
import { onNodeExit } from '../runtime/process-exit.ts';
import { check } from '../sdk/check.ts';
import { createEnvironment } from '../sdk/environment.ts';
import { exitHooks } from '../sdk/exit-hooks.ts';
import type { Host } from '../sdk/host.ts';
import type { TracingOptions } from '../sdk/options.ts';
import { registeredHeaderTags, registerTracing, type TracingHandle } from '../sdk/register.ts';
import { serverHost } from '../sdk/server-host.ts';

export { recordException, withSpan } from '../instrument/with-span.ts';
export { type AgentOptions, agent } from '../sdk/agent-exporter.ts';
export { type IntakeOptions, intake } from '../sdk/exporter.ts';
export type { FetchHandler, FetchServer, ServerOptions, TracingHandle, TracingOptions };

/**
 * Registers tracing in Node or Bun. What is not given is read from the environment (`DD_SERVICE`, `DD_TRACE_AGENT_URL`, …).
 *
 * @throws TypeError naming option, rule and value where the options are wrong; nothing after that throws into the application.
 * @example
 * register({ service: 'orders' })
 */
export function register(options: TracingOptions = {}): TracingHandle {
  return registerTracing(options, nodeHost());
}

/**
 * A `fetch`-style handler, or the object around it, with a span around each request.
 *
 * @example
 * Bun.serve(instrument({ fetch: (request) => new Response('hello') }))
 */
export function instrument<H extends FetchHandler | FetchServer>(handler: H, options?: ServerOptions): H {
  const isHandler = typeof handler === 'function' || typeof handler?.fetch === 'function';
  check(isHandler, 'handler', 'be a function or have `fetch`', handler, 'instrument');
  return instrumentServe(handler, () => trace.getTracer('edgespan'), { headerTags: registeredHeaderTags, ...options });
}

function nodeHost(): Host {
  const fetch = (globalThis.fetch as typeof globalThis.fetch & { __original?: typeof globalThis.fetch }).__original ?? globalThis.fetch;
  const { bun } = process.versions;
  return serverHost({
    runtime: bun ? 'bun' : 'node',
    runtimeVersion: bun ?? process.versions.node,
    fetch: fetch.bind(globalThis),
    later(run, millis, isHeld) {
      const timer = setTimeout(run, millis);
      if (!isHeld) timer.unref();
      return () => clearTimeout(timer);
    },
    contextManager: () => new AsyncLocalStorageContextManager(new AsyncLocalStorage<Context>()),
    environment: createEnvironment((name) => process.env[name]),
    instrumentations: () => [globalFetchInstrumentation()],
    onExit: (ports) => onNodeExit(process, exitHooks(ports)),
  });
}
