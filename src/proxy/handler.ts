import { maxDepth, maxInflatedBytes, maxInflateRatio, maxLineBytes, maxRequestBytes, maxRequestSpans } from '../trace/limits.ts';
import { takeAgentForm } from './agent-form.ts';
import { answerJson, answerOutcome, answerRefusal, refusalOf } from './answer.ts';
import { hostAddress } from './client-address.ts';
import { answerPreflight, corsHeaders } from './cors.ts';
import { createMemoryDedupe } from './dedupe.ts';
import { takeEnvelope } from './envelope-way.ts';
import { takeForward } from './forward.ts';
import { type Inflate, inflateGzip } from './inflate.ts';
import type { Sender } from './intake-parts.ts';
import { logInternalError } from './log.ts';
import { hasSecret, openMetricsType } from './metrics.ts';
import type { IntakeProxyOptions, ProxyConfig } from './options.ts';
import { oncePerEnv, type Setup, setUp } from './set-up.ts';
import { consumeQueue, deferQueue, type QueueMessages } from './spool/queue-spool.ts';
import type { IntakeBatch, Outcome } from './upstream/upstream.ts';

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
   * @param env What the function form of the options is called with: a Worker's bindings. What `Deno.serve` and `Bun.serve` hand over here
   *   is no environment: the sender's address is read from it.
   * @param ctx A Worker's execution context; where it is missing, work after the answer just goes on.
   */
  fetch(request: Request, env?: unknown, ctx?: ProxyContext): Promise<Response>;
  /** Takes what a Cloudflare Queue brings, for `queueSpool`. Needs no `this`; each message is acknowledged or retried. */
  queue(batch: QueueMessages, env?: unknown, ctx?: ProxyContext): Promise<void>;
}

/** Batches are remembered for so long; in the memory of one process or isolate, no more than this is promised. */
const dedupeMillis = 3_600_000;
/** 1.5 million of them, which is more than one thread takes in an hour, and an eighth of what an isolate of Cloudflare's may have. */
const dedupeBytes = 16_777_216;

/** The proxy behind the door `edgespan/proxy`, with what the host gives: how it inflates. */
export function createIntakeProxy(
  options: IntakeProxyOptions | ((env: never) => IntakeProxyOptions),
  inflate: Inflate = inflateGzip,
): IntakeProxy {
  const memory = createMemoryDedupe({ ttlMillis: dedupeMillis, maxBytes: dedupeBytes, waitMillis: 10_000, now: Date.now });
  const fixed = typeof options === 'function' ? undefined : setUp(options, inflate, memory);
  const setUpFor = typeof options === 'function' ? oncePerEnv((env) => setUp(options(env as never), inflate, memory)) : () => fixed;

  return {
    async fetch(request, env, ctx) {
      const setup = setUpFor(env);
      const headers = corsHeaders(request.headers.get('origin'), setup?.config.allowOrigins);
      const response = await answer(request, setup, headers, env, ctx);
      return request.method === 'HEAD' ? new Response(null, response) : response;
    },
    async queue(batch, env, ctx) {
      const setup = setUpFor(env);
      if (setup === undefined || setup.isClosed) return deferQueue(batch);
      const { dedupe, delivery, metrics, config } = setup;
      const waitUntil = (promise: Promise<unknown>): void => ctx?.waitUntil?.(promise);
      const handOn = (kept: IntakeBatch): Promise<Outcome> => delivery.handOn(kept, waitUntil);
      await consumeQueue(batch, { once: dedupe.once, handOn, inflate, metrics, log: config.log, random: Math.random, now: config.now });
    },
  };
}

async function answer(request: Request, setup: Setup | undefined, headers: Headers, env: unknown, ctx?: ProxyContext): Promise<Response> {
  if (setup === undefined || setup.isClosed) return answerRefusal(refusalOf('misconfigured'), headers);
  const { clientAddress, log } = setup.config;
  try {
    const address = clientAddress === undefined ? (ctx?.clientAddress ?? hostAddress(request, env)) : clientAddress(request);
    const sender: Sender = {
      waitUntil: (promise) => ctx?.waitUntil?.(promise),
      address: address === false ? false : address || undefined,
    };
    return await route(request, setup, headers, sender);
  } catch (error) {
    logInternalError(log, error);
    setup.metrics.add('requests_refused', 1, 'internal_error');
    return answerRefusal(refusalOf('internal_error'), headers);
  }
}

/** Envelopes by POST at `path`; everything else is 404 but `GET /healthz`, `GET /metrics` and `GET <path>`, for people and `doctor`. */
async function route(request: Request, setup: Setup, headers: Headers, sender: Sender): Promise<Response> {
  const { config, intake, breaker } = setup;
  // A `Host` that is none: Deno and Bun hand over what is no URL.
  if (!URL.canParse(request.url)) return answerRefusal(refusalOf('not_found'), headers);
  const { pathname, searchParams } = new URL(request.url);
  const isForward = searchParams.has('ddforward');
  // HEAD is answered as GET is; the body is left out later.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (method === 'GET' && pathname === '/healthz') {
    return answerJson({ status: breaker.isOpen() || config.spool?.isDown?.() ? 'degraded' : 'ok' }, 200, headers);
  }
  if (method === 'GET' && pathname === '/metrics' && config.metricsSecret !== undefined) {
    const isAllowed = await hasSecret(request, config.metricsSecret);
    return isAllowed ? answerMetrics(setup, headers) : answerRefusal(refusalOf('unauthorized'), headers);
  }
  if (pathname === config.path) {
    if (method === 'GET' && !isForward) return answerJson(describe(config), 200, headers);
    if (method === 'OPTIONS') return answerPreflight(headers);
    if (method === 'POST') return answerOutcome(await intake.take(request, sender, isForward ? takeForward : takeEnvelope), headers);
  }
  if (config.agentForm && pathname === '/v0.4/traces' && (method === 'PUT' || method === 'POST')) {
    const result = await intake.take(request, sender, takeAgentForm);
    return result.status === 'ok' ? answerJson({ rate_by_service: {} }, 200, headers) : answerOutcome(result, headers);
  }
  if (config.agentForm && pathname === '/info' && method === 'GET') {
    return answerJson({ endpoints: ['/v0.4/traces'], client_drop_p0s: false, span_events: true }, 200, headers);
  }
  return answerRefusal(refusalOf('not_found'), headers);
}

async function answerMetrics({ config, breaker, metrics }: Setup, headers: Headers): Promise<Response> {
  // Of a queue nobody here knows what it holds.
  const size = config.spool?.size?.();
  headers.set('Content-Type', openMetricsType);
  headers.set('Cache-Control', 'no-store');
  headers.set('X-Content-Type-Options', 'nosniff');
  const text = await metrics.print({
    ...(size && { spool_batches: size.batches, spool_bytes: size.bytes }),
    breaker_open: Number(breaker.isOpen()),
  });
  return new Response(text, { headers });
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
