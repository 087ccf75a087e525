import { agentHeaders, takesSpanEvents } from '../../datadog/agent.ts';
import type { DatadogChunk } from '../../datadog/datadog-span.ts';
import { encodeTraces } from '../../datadog/encode-traces.ts';
import { printTypedEvents } from '../../datadog/print-typed-events.ts';
import { readEvents } from '../../datadog/read-events.ts';
import type { EnvelopeLine } from '../../export/envelope.ts';
import { encodeMessagePack } from './agent-message-pack.ts';
import { fetchUpstream, outcomeOf, outcomeOfError } from './fetch-upstream.ts';
import { oneEnvEach } from './one-env-each.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream.ts';
import { upstreamUrl } from './upstream-url.ts';

/** Options of `agentUpstream`. */
export interface AgentUpstreamOptions {
  /** Address of a Datadog Agent's trace receiver, e.g. `http://127.0.0.1:8126`. */
  readonly url: string;
  /** Default `auto`: JSON, until a receiver refuses it and takes MessagePack instead. */
  readonly format?: 'auto' | 'json' | 'msgpack';
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** How long what `/info` said is believed, and how long a failure to ask. */
const infoMillis = 300_000;
const infoFailureMillis = 30_000;
const infoTimeoutMillis = 2_000;

/**
 * Hands batches on to a Datadog Agent, or what speaks its API: `PUT /v0.4/traces`, JSON, not compressed, under headers of our own
 * making. Events travel typed where the Agent's `/info` says that it takes them so.
 *
 * @throws TypeError where the URL breaks a rule.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/api.go
 * @example
 * ```ts
 * createIntakeProxy({ upstream: agentUpstream({ url: 'http://127.0.0.1:8126' }), allowOrigins: ['https://shop.example'], auth: 'none' })
 * ```
 */
export function agentUpstream(options: AgentUpstreamOptions): Upstream {
  const base = upstreamUrl('create an Agent upstream', '`url`', options.url, false).href.replace(/\/+$/, '');
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const now = options.now ?? Date.now;
  const { format = 'auto' } = options;
  if (!['auto', 'json', 'msgpack'].includes(format)) {
    throw new TypeError(`Cannot create an Agent upstream as \`format\` must be auto, json or msgpack: current value is ${String(format)}`);
  }
  let isMessagePack = format === 'msgpack';
  let takesTyped = false;
  let infoUntilMillis = 0;

  // Only the answer is kept, not the promise: in a Worker one request must not wait for another's I/O.
  async function askInfo(): Promise<void> {
    infoUntilMillis = now() + infoFailureMillis;
    try {
      const reply = await fetchUpstream(fetch, `${base}/info`, { signal: AbortSignal.timeout(infoTimeoutMillis) }, true);
      takesTyped = reply.status === 200 && takesSpanEvents(new TextDecoder().decode(reply.body));
      if (reply.status === 200) infoUntilMillis = now() + infoMillis;
    } catch {
      // An Agent that cannot be asked gets the form every version takes.
      takesTyped = false;
    }
  }

  async function put({ line, chunks }: IntakeBatch, type: string, body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Outcome> {
    const headers = { ...headersOf(line, chunks.length), 'content-type': type };
    try {
      return outcomeOf(await fetchUpstream(fetch, `${base}/v0.4/traces`, { method: 'PUT', headers, body, signal }));
    } catch {
      return outcomeOfError(signal);
    }
  }

  async function putJson(batch: IntakeBatch, signal: AbortSignal): Promise<Outcome> {
    let isTooLarge = false;
    const onDrop = (): void => {
      isTooLarge = true;
    };
    const body = takesTyped
      ? encodeTraces(withTypedEvents(batch.chunks), { printEvents: printTypedEvents, onDrop })
      : encodeTraces(batch.chunks, { onDrop });
    return isTooLarge ? { status: 'rejected', code: 'span_too_large' } : put(batch, 'application/json', body, signal);
  }

  async function putMessagePack(batch: IntakeBatch, signal: AbortSignal): Promise<Outcome> {
    const body = encodeMessagePack(takesTyped ? withTypedEvents(batch.chunks) : batch.chunks, takesTyped);
    return put(batch, 'application/msgpack', body, signal);
  }

  return oneEnvEach(async (batch, signal) => {
    if (now() >= infoUntilMillis) await askInfo();
    if (!isMessagePack) {
      const outcome = await putJson(batch, signal);
      if (format === 'json' || outcome.status === 'ok' || !refusesForm.includes(outcome.code)) return outcome;
      const again = await putMessagePack(batch, signal);
      if (again.status === 'ok') isMessagePack = true;
      return again.status === 'ok' ? again : outcome;
    }
    return putMessagePack(batch, signal);
  });
}

/** How receivers that take no JSON say so; `datadog-serverless-compat` answers 500. */
const refusesForm: readonly string[] = ['upstream_400', 'upstream_415', 'upstream_500'];

/** Built from nothing: no header of a client travels on, and what its line says is cut to what a header may hold. */
function headersOf({ tracer, runtime }: EnvelopeLine, chunkCount: number): Record<string, string> {
  const tracerVersion = tracer.replace(/[^\w.+-]/g, '').slice(0, 50) || '0';
  const { 'datadog-meta-lang-version': _, ...headers } = agentHeaders({ tracerVersion, runtime, runtimeVersion: '' }, chunkCount);
  return headers;
}

/** Copies: other upstreams read the same chunks. */
function withTypedEvents(chunks: readonly DatadogChunk[]): DatadogChunk[] {
  return chunks.map((chunk) => chunk.map((span) => readEvents({ ...span, meta: { ...span.meta } })));
}
