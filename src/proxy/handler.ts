import { maxDepth, maxInflatedBytes, maxInflateRatio, maxLineBytes, maxRequestBytes, maxRequestSpans } from '../trace/limits.ts';
import { answerJson, answerOutcome, answerRefusal, refusalOf } from './answer.ts';
import { answerPreflight, corsHeaders } from './cors.ts';
import { createMemoryDedupe } from './dedupe.ts';
import { createIntake, type Intake, type Sender } from './intake.ts';
import { createLog } from './log.ts';
import { closedReason, type IntakeProxyOptions, type ProxyConfig, resolveOptions } from './options.ts';

/** What a host may know beside a request: a Worker's execution context, or what `toNodeHandler` says. */
export interface ProxyContext {
  waitUntil?(promise: Promise<unknown>): void;
  readonly clientAddress?: string | undefined;
}

/** An intake proxy: hand `fetch` to whatever serves requests. */
export interface IntakeProxy {
  /**
   * Answers one request. Needs no `this`, never rejects.
   *
   * @param env What the function form of the options is called with: a Worker's bindings.
   * @param ctx A Worker's execution context; where it is missing, work after the answer just goes on.
   */
  fetch(request: Request, env?: unknown, ctx?: ProxyContext): Promise<Response>;
}

/** Batches are remembered for so long and so many; in the memory of one process or isolate, no more than this is promised. */
const dedupeMillis = 3_600_000;
const dedupeKeys = 50_000;

type Setup = { readonly config: ProxyConfig; readonly intake: Intake; readonly isClosed: boolean };

/**
 * Makes an intake proxy: takes batches of spans from browsers, Workers and scripts, refuses what it must before that costs anything, and
 * hands on what is good. Closed by default: until `allowOrigins` and `auth` are written out every request is answered 503
 * `misconfigured`, and the log says once what is missing.
 *
 * @param options The options, checked at once; or a function of `env`, called once per `env` object, whose misuse answers 503.
 * @throws TypeError where options given as an object break a rule, naming option, rule and value.
 * @example
 * ```ts
 * import { agentUpstream, createIntakeProxy } from 'edgespan/proxy';
 *
 * const proxy = createIntakeProxy({
 *   upstream: agentUpstream({ url: 'http://127.0.0.1:8126' }),
 *   allowOrigins: ['https://shop.example'],
 *   auth: 'none',
 * });
 * Deno.serve(proxy.fetch);
 * ```
 */
export function createIntakeProxy(options: IntakeProxyOptions | ((env: never) => IntakeProxyOptions)): IntakeProxy {
  const dedupe = createMemoryDedupe({ ttlMillis: dedupeMillis, maxKeys: dedupeKeys, waitMillis: 10_000, now: Date.now });

  function setUp(given: IntakeProxyOptions): Setup {
    const resolved = resolveOptions(given);
    const config: ProxyConfig = { ...resolved, log: createLog(resolved.log, resolved.now) };
    const reason = closedReason(given);
    if (reason !== undefined) config.log({ level: 'error', event: 'misconfigured', ...reason });
    return { config, intake: createIntake(config, dedupe), isClosed: reason !== undefined };
  }

  const fixed = typeof options === 'function' ? undefined : setUp(options);
  const setUpFor = typeof options === 'function' ? oncePerEnv((env) => setUp(options(env as never))) : () => fixed;

  return {
    async fetch(request, env, ctx) {
      const setup = setUpFor(env);
      if (setup === undefined || setup.isClosed) return answerRefusal(refusalOf('misconfigured'), new Headers());
      const headers = corsHeaders(request.headers.get('origin'), setup.config.allowOrigins);
      try {
        const address = setup.config.clientAddress ? setup.config.clientAddress(request) : (ctx?.clientAddress ?? denoAddress(env));
        const sender = { waitUntil: (promise: Promise<unknown>) => ctx?.waitUntil?.(promise), address: address || undefined };
        return await route(request, setup, headers, sender);
      } catch (error) {
        setup.config.log({ level: 'error', event: 'internal_error', code: error instanceof Error ? error.name : typeof error });
        return answerRefusal(refusalOf('internal_error'), headers);
      }
    },
  };
}

/** Envelopes by POST at `path`; everything else is 404 but `GET /healthz` and `GET <path>`, for people and `doctor`. */
async function route(request: Request, { config, intake }: Setup, headers: Headers, sender: Sender): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method === 'GET' && pathname === '/healthz') {
    return answerJson({ status: intake.isDegraded() ? 'degraded' : 'ok' }, 200, headers);
  }
  if (pathname === config.path) {
    if (request.method === 'GET') return answerJson(describe(config), 200, headers);
    if (request.method === 'OPTIONS') return answerPreflight(headers);
    if (request.method === 'POST') return answerOutcome(await intake.take(request, sender), headers);
  }
  return answerRefusal(refusalOf('not_found'), headers);
}

/** `Deno.serve` hands over the address as its second argument. */
function denoAddress(info: unknown): string | undefined {
  const hostname = (info as { remoteAddr?: { hostname?: unknown } } | null | undefined)?.remoteAddr?.hostname;
  return typeof hostname === 'string' ? hostname : undefined;
}

function describe(config: ProxyConfig): object {
  return {
    v: 1,
    receiver: 'edgespan-proxy',
    maxLineBytes,
    maxRequestBytes,
    maxInflatedBytes,
    maxInflateRatio,
    maxSpans: maxRequestSpans,
    maxDepth,
    bodyTimeoutMillis: config.bodyTimeoutMillis,
  };
}

/** Calls a function once per `env` object, also when it throws: then the misuse is logged and stays the answer. */
function oncePerEnv(run: (env: unknown) => Setup): (env: unknown) => Setup | undefined {
  const known = new WeakMap<object, { readonly setup: Setup | undefined }>();
  const none = {};
  return (env) => {
    const key = typeof env === 'object' && env !== null ? env : none;
    let entry = known.get(key);
    if (entry === undefined) {
      entry = { setup: attempt(run, env) };
      known.set(key, entry);
    }
    return entry.setup;
  };
}

function attempt(run: (env: unknown) => Setup, env: unknown): Setup | undefined {
  try {
    return run(env);
  } catch (error) {
    console.log(
      JSON.stringify({ level: 'error', event: 'misconfigured', rule: error instanceof TypeError ? error.message : 'options threw' }),
    );
    return undefined;
  }
}
