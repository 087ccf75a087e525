import { encodeTraces } from '../datadog/encode-traces.ts';
import { answerJson, answerRefusal, refusalOf } from '../proxy/answer.ts';
import { answerPreflight, corsHeaders } from '../proxy/cors.ts';
import { createClientLedgers } from './client-ledgers.ts';
import { createEventStreams, inMessages } from './event-stream.ts';
import { indentJson } from './indent-json.ts';
import { type ReadBatch, readAgentForm, readEnvelope } from './intake.ts';
import { isLocal, isLocalOrigin } from './local-only.ts';
import { createPageAnswer } from './page-answer.ts';
import { createTraceStore } from './trace-store.ts';
import { toStoredSpans } from './viewer-mapping.ts';
import type { ViewerMessage, ViewerSpan, ViewerTrace } from './viewer-span.ts';

/** Options of `createTraceViewer`. */
export interface TraceViewerOptions {
  /** Traces kept; the oldest goes first. Default 2,000. */
  readonly maxTraces?: number;
  /** Spans kept. Default 50,000. */
  readonly maxSpans?: number;
  /** Spans kept, in bytes of their JSON. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Origins beside this machine's own whose pages may send and read, e.g. `https://shop.test`. Default none. */
  readonly allowOrigins?: readonly string[];
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
  /** How often an idle stream says that it lives. Default 15,000. */
  readonly pingMillis?: number;
}

/** A trace viewer: intake and page. */
export interface TraceViewer {
  /** Answers one request. Needs no `this`, never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Every trace, newest first. */
  traces(): ViewerTrace[];
  /** Spans of one trace, empty where it is not known. */
  trace(traceId: string): ViewerSpan[];
  clear(): void;
}

/** The release this viewer came with. */
export const viewerVersion = '0.1.0';

/**
 * Makes a trace viewer for the desk, in place of Datadog: takes envelopes (`POST /t`) and the Agent's own form (`/v0.4/traces`), serves
 * its page at `/`. Answers this machine only. Everything is kept in memory, bounded.
 *
 * @throws RangeError where a limit is no whole number above 0.
 * @example
 * ```ts
 * import { createTraceViewer } from 'edgespan/viewer';
 * Deno.serve({ hostname: '127.0.0.1', port: 4319 }, createTraceViewer().fetch);
 * ```
 */
export function createTraceViewer(options: TraceViewerOptions = {}): TraceViewer {
  const { maxTraces = 2_000, maxSpans = 50_000, maxBytes = 268_435_456, now = Date.now, pingMillis = 15_000 } = options;
  for (const [name, value] of Object.entries({ maxTraces, maxSpans, maxBytes })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot create a trace viewer as \`${name}\` must be a whole number above 0: current value is ${value}`);
    }
  }
  const allowOrigins = new Set(options.allowOrigins);
  const limits = { maxTraces, maxSpans };
  const store = createTraceStore({ ...limits, maxBytes });
  const ledgers = createClientLedgers();
  const streams = createEventStreams({ backlog: snapshot, pingMillis });
  const answerPage = createPageAnswer();
  let agentSeq = 0;

  function* snapshot(): Generator<ViewerMessage, void> {
    let isFirst = true;
    for (const spans of inMessages(store.spans())) {
      const facts = { clients: ledgers.list(), limits, version: viewerVersion };
      yield isFirst ? { type: 'snapshot', spans, ...facts } : { type: 'spans', spans };
      isFirst = false;
    }
  }

  function keep({ line, part, chunks, rawBytes, receivedBytes }: ReadBatch & { error?: undefined }): void {
    if (!ledgers.isNew(line, part)) return;
    const arrival = { client: line.client, runtime: line.runtime, receivedAtMillis: now() };
    const { added, evicted } = store.add(
      chunks.flatMap((chunk) => toStoredSpans(chunk, arrival)),
      rawBytes,
    );
    if (evicted.length > 0) streams.send({ type: 'evicted', traces: evicted });
    if (added.length > 0) for (const spans of inMessages(added)) streams.send({ type: 'spans', spans });
    streams.send({ type: 'clients', clients: [ledgers.count(line, part, receivedBytes, now())] });
  }

  function clear(): void {
    store.clear();
    ledgers.clear();
    for (const message of snapshot()) streams.send(message);
  }

  async function takeEnvelope(request: Request, headers: Headers): Promise<Response> {
    const batch = await readEnvelope(request, ledgers.isNew, now());
    if (batch.error !== undefined) return answerRefusal(refusalOf(batch.error), headers);
    keep(batch);
    return new Response(null, { status: 202, headers });
  }

  async function takeAgentForm(request: Request, headers: Headers): Promise<Response> {
    const batch = await readAgentForm(request, agentSeq++);
    if (batch.error !== undefined) return answerRefusal(refusalOf(batch.error), headers);
    // Some tracers ask by an empty request whether there is an Agent.
    if (batch.line.spans > 0 || Object.keys(batch.line.ledger.dropped).length > 0) keep(batch);
    return answerJson({ rate_by_service: {} }, 200, headers);
  }

  function answerSpan(traceId: string, spanId: string, headers: Headers): Response {
    const stored = store.find(traceId, spanId);
    if (stored === undefined) return answerRefusal(refusalOf('not_found'), headers);
    const text = new TextDecoder().decode(encodeTraces([[stored.span]]));
    headers.set('Content-Type', 'application/json');
    headers.set('X-Content-Type-Options', 'nosniff');
    return new Response(`${indentJson(text.slice(2, -2))}\n`, { headers });
  }

  async function route(request: Request, headers: Headers): Promise<Response> {
    const path = new URL(request.url).pathname;
    const [, traceId = '', spanId] = /^\/api\/(?:traces|spans)\/([0-9a-f]{32})(?:\/([0-9a-f]{16})\.json)?$/.exec(path) ?? [];
    switch (`${request.method} ${path.replace(/[0-9a-f]{32}/, ':trace').replace(/[0-9a-f]{16}\.json$/, ':span')}`) {
      case 'GET /':
        return answerPage();
      case 'POST /t':
        return takeEnvelope(request, headers);
      case 'PUT /v0.4/traces':
      case 'POST /v0.4/traces':
        return takeAgentForm(request, headers);
      case 'GET /info':
        return answerJson({ endpoints: ['/v0.4/traces'], client_drop_p0s: false, span_events: true }, 200, headers);
      case 'GET /t':
        return answerJson({ v: 1, receiver: 'edgespan-viewer', ...limits, ...store.counts() }, 200, headers);
      case 'GET /healthz':
        return answerJson({ status: 'ok' }, 200, headers);
      case 'OPTIONS /t':
        return answerPreflight(headers);
      case 'GET /api/stream':
        return withHeaders(streams.open(), headers);
      case 'GET /api/traces':
        return answerJson(store.list(), 200, headers);
      case 'GET /api/traces/:trace':
        return answerJson({ traceId, spans: store.trace(traceId) }, 200, headers);
      case 'GET /api/spans/:trace/:span':
        return answerSpan(traceId, spanId ?? '', headers);
      case 'POST /api/clear':
        clear();
        return new Response(null, { status: 204, headers });
      default:
        return answerRefusal(refusalOf('not_found'), headers);
    }
  }

  return {
    async fetch(request) {
      const origin = request.headers.get('origin');
      const isAllowed = origin !== null && isLocalOrigin(origin, allowOrigins);
      const headers = corsHeaders(origin, new Set(isAllowed ? [origin] : []));
      try {
        if (!isLocal(request, allowOrigins)) return answerRefusal(refusalOf('origin_not_allowed'), headers);
        return await route(request, headers);
      } catch {
        return answerRefusal(refusalOf('internal_error'), headers);
      }
    },
    traces: store.list,
    trace: store.trace,
    clear,
  };
}

function withHeaders(response: Response, headers: Headers): Response {
  for (const [name, value] of headers) response.headers.set(name, value);
  return response;
}
