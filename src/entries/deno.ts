import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '../context/async-local-storage.ts';
import type { Fetch } from '../export/fetch-transport.ts';
import { type FetchHandler, type FetchServer, instrumentServe } from '../instrument/deno/serve.ts';
import { globalFetchInstrumentation } from '../instrument/global-fetch.ts';
import type { ServerOptions } from '../instrument/server.ts';
import { type DenoProcess, onDenoExit } from '../runtime/process-exit.ts';
import { check } from '../sdk/check.ts';
import { createEnvironment } from '../sdk/environment.ts';
import { exitHooks } from '../sdk/exit-hooks.ts';
import type { Host } from '../sdk/host.ts';
import type { TracingOptions } from '../sdk/options.ts';
import { registeredHeaderTags, registerTracing, type TracingHandle } from '../sdk/register.ts';
import { serverHost } from '../sdk/server-host.ts';
import { tell } from '../trace/guard.ts';

export { recordException, withSpan } from '../instrument/with-span.ts';
export { type AgentOptions, agent } from '../sdk/agent-exporter.ts';
export { type IntakeOptions, intake } from '../sdk/exporter.ts';
export type { FetchHandler, FetchServer, ServerOptions, TracingHandle, TracingOptions };

/** What `register` takes on Deno. */
export interface DenoTracingOptions extends TracingOptions {
  /** Flush on SIGTERM and SIGINT, then raise them again. Off by default: Deno does not show whether others listen, too. */
  exitSignals?: boolean;
}

/** The part of `Deno` that is used. */
interface DenoGlobal extends DenoProcess {
  readonly version: { readonly deno: string };
  readonly env: { get(name: string): string | undefined };
  readonly permissions: { querySync(descriptor: { name: string; variable?: string; host?: string }): { state: string } };
  unrefTimer(timer: number): void;
}

/**
 * Registers tracing in Deno. What is not given is read from the environment, where that is permitted: nothing ever prompts.
 *
 * @throws TypeError naming option, rule and value where the options are wrong; nothing after that throws into the application.
 * @example
 * register({ service: 'orders' })
 * Deno.serve(instrument(() => new Response('hello')))
 */
export function register(options: DenoTracingOptions = {}): TracingHandle {
  return registerTracing(options, denoHost(options?.exitSignals === true));
}

/** A handler of `Deno.serve`, or the object that `deno serve` takes, with a span around each request. */
export function instrument<H extends FetchHandler | FetchServer>(handler: H, options?: ServerOptions): H {
  const isHandler = typeof handler === 'function' || typeof handler?.fetch === 'function';
  check(isHandler, 'handler', 'be a function or have `fetch`', handler, 'instrument');
  return instrumentServe(handler, () => trace.getTracer('edgespan'), { headerTags: registeredHeaderTags, ...options });
}

/** What Deno's own registration says its version is: higher than any copy's, so that it wins. */
const denoApiVersion = '1.999.999';

function denoHost(exitSignals: boolean): Host {
  const deno = (globalThis as unknown as { Deno: DenoGlobal }).Deno;
  const isGranted = (descriptor: { name: string; variable?: string; host?: string }): boolean =>
    deno.permissions.querySync(descriptor).state === 'granted';
  const original = (globalThis.fetch as typeof globalThis.fetch & { __original?: typeof globalThis.fetch }).__original;
  const native = (original ?? globalThis.fetch).bind(globalThis);
  let isRefused = false;
  const fetch: Fetch = async (url, init) => {
    const { host } = new URL(url);
    if (isGranted({ name: 'net', host })) return native(url, init);
    if (!isRefused) tell(`spans cannot leave: run with --allow-net=${host}`);
    isRefused = true;
    throw new TypeError('no permission');
  };
  return serverHost({
    runtime: 'deno',
    runtimeVersion: deno.version.deno,
    fetch,
    later(run, millis, isHeld) {
      const timer = setTimeout(run, millis) as unknown as number;
      if (!isHeld) deno.unrefTimer(timer);
      return () => clearTimeout(timer);
    },
    contextManager: () => new AsyncLocalStorageContextManager(new AsyncLocalStorage<Context>()),
    environment: createEnvironment((name) => (isGranted({ name: 'env', variable: name }) ? deno.env.get(name) : undefined)),
    instrumentations: () => [globalFetchInstrumentation()],
    explainRefusal: (apiVersion) => (apiVersion === denoApiVersion ? 'Deno has its own OpenTelemetry on: unset OTEL_DENO' : undefined),
    onExit: (ports) => onDenoExit(globalThis, exitSignals ? deno : undefined, exitHooks(ports)),
  });
}
