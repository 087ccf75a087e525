import { maxDepth, maxInflatedBytes, maxInflateRatio, maxLineBytes, maxRequestBytes, maxRequestSpans } from '../trace/limits.ts';
import { answerJson, answerOutcome, answerRefusal, type IntakeResult, refusalOf } from './answer.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { answerPreflight, corsHeaders } from './cors.ts';
import { createMemoryDedupe, type Dedupe } from './dedupe.ts';
import { createDelivery, type Delivery } from './deliver.ts';
import { takeForward } from './forward.ts';
import { type Inflate, inflateGzip } from './inflate.ts';
import { createIntake, type Intake } from './intake.ts';
import type { Sender } from './intake-parts.ts';
import { createLog } from './log.ts';
import { createMetrics, hasSecret, type Metrics, openMetricsType } from './metrics.ts';
import { closedReason, type IntakeProxyOptions, type ProxyConfig, resolveOptions } from './options.ts';
import { consumeQueue, type QueueMessages } from './spool/queue-spool.ts';

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
  /** Takes what a Cloudflare Queue brings, for `queueSpool`. Needs no `this`; each message is acknowledged or retried. */
  queue(batch: QueueMessages, env?: unknown, ctx?: ProxyContext): Promise<void>;
}

/** Batches are remembered for so long and so many; in the memory of one process or isolate, no more than this is promised. */
const dedupeMillis = 3_600_000;
const dedupeKeys = 50_000;

interface Setup {
  readonly config: ProxyConfig;
  readonly intake: Intake;
  readonly dedupe: Dedupe;
  readonly delivery: Delivery;
  readonly breaker: Breaker;
  readonly metrics: Metrics;
  readonly isClosed: boolean;
}

/** The proxy behind the door `edgespan/proxy`, with what the host gives: how it inflates. */
export function createIntakeProxy(
  options: IntakeProxyOptions | ((env: never) => IntakeProxyOptions),
  inflate: Inflate = inflateGzip,
): IntakeProxy {
  const memory = createMemoryDedupe({ ttlMillis: dedupeMillis, maxKeys: dedupeKeys, waitMillis: 10_000, now: Date.now });

  function setUp(given: IntakeProxyOptions): Setup {
    const resolved = resolveOptions(given, inflate);
    const config: ProxyConfig = { ...resolved, log: createLog(resolved.log, resolved.now) };
    const reason = closedReason(given);
    if (reason !== undefined) config.log({ level: 'error', event: 'misconfigured', ...reason });
    const durable = config.dedupe;
    const dedupe: Dedupe = durable ? { once: (key, run) => memory.once(key, () => durable.once(key, run)) } : memory;
    const breaker = createBreaker(config.now);
    const metrics = createMetrics();
    const { upstreams, spool, upstreamTimeoutMillis, log } = config;
    const delivery = createDelivery({ upstreams, spool, breaker, upstreamTimeoutMillis, log, metrics });
    if (reason === undefined) spool?.start?.(delivery.handOn);
    const intake = createIntake({ config, dedupe, delivery, metrics });
    return { config, intake, dedupe, delivery, breaker, metrics, isClosed: reason !== undefined };
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
    async queue(batch, env) {
      const setup = setUpFor(env);
      if (setup === undefined || setup.isClosed) {
        for (const message of batch.messages) message.retry({ delaySeconds: 60 });
        return;
      }
      const { dedupe, delivery, metrics, config } = setup;
      const handOn: Parameters<typeof consumeQueue>[1]['handOn'] = (kept, key) => dedupe.once(key, () => delivery.handOn(kept));
      await consumeQueue(batch, { handOn, inflate, metrics, log: config.log, random: Math.random, now: config.now });
    },
  };
}

/** Envelopes by POST at `path`; everything else is 404 but `GET /healthz`, `GET /metrics` and `GET <path>`, for people and `doctor`. */
async function route(request: Request, setup: Setup, headers: Headers, sender: Sender): Promise<Response> {
  const { config, intake, breaker, metrics } = setup;
  const { pathname, searchParams } = new URL(request.url);
  if (request.method === 'GET' && pathname === '/healthz') {
    return answerJson({ status: breaker.isOpen() ? 'degraded' : 'ok' }, 200, headers);
  }
  if (request.method === 'GET' && pathname === '/metrics' && config.metricsSecret !== undefined) {
    if (!(await hasSecret(request, config.metricsSecret))) return answerRefusal(refusalOf('unauthorized'), headers);
    const { batches, bytes } = config.spool?.size?.() ?? { batches: 0, bytes: 0 };
    headers.set('Content-Type', openMetricsType);
    const text = await metrics.print({ spool_batches: batches, spool_bytes: bytes, breaker_open: Number(breaker.isOpen()) });
    return new Response(text, { headers });
  }
  if (pathname === config.path) {
    if (request.method === 'GET') return answerJson(describe(config), 200, headers);
    if (request.method === 'OPTIONS') return answerPreflight(headers);
    const ddforward = request.method === 'POST' ? searchParams.get('ddforward') : null;
    if (ddforward !== null) return answerForward(await takeForward(request, ddforward, sender, setup), headers);
    if (request.method === 'POST') return answerOutcome(await intake.take(request, sender), headers);
  }
  if (config.agentForm && pathname === '/v0.4/traces' && (request.method === 'PUT' || request.method === 'POST')) {
    const result = await intake.take(request, sender, true);
    return result.status === 'ok' ? answerJson({ rate_by_service: {} }, 200, headers) : answerOutcome(result, headers);
  }
  if (config.agentForm && pathname === '/info' && request.method === 'GET') {
    return answerJson({ endpoints: ['/v0.4/traces'], client_drop_p0s: false, span_events: true }, 200, headers);
  }
  return answerRefusal(refusalOf('not_found'), headers);
}

function answerForward(result: Awaited<ReturnType<typeof takeForward>>, headers: Headers): Response {
  return typeof result.status === 'number'
    ? new Response(null, { status: result.status, headers })
    : answerOutcome(result as IntakeResult, headers);
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
