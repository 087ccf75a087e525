// A real viewer on a port of this machine, with the page built from its sources, and spans as clients send them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EnvelopeLedger, type EnvelopeRuntime, formatEnvelopeLine } from '../../src/export/envelope.ts';
import { toNodeHandler } from '../../src/runtime/node-http.ts';
import { createTraceViewer } from '../../src/viewer/handler.ts';
import { createPageAnswer } from '../../src/viewer/page-answer.ts';

/** Above 2^53, so that a reader who makes numbers of them is found out. */
export const traceHigh = '6b057d4f00000000';
export const traceLow = 7_617_264_198_349_261_543n;
export const traceId: string = traceHigh + traceLow.toString(16).padStart(16, '0');
export const rootId = 9_007_199_254_740_993n;
const startNano = 1_795_477_916_860_000_123n;

/** A span in short; times are milliseconds after the trace's start. */
export interface SentSpan {
  id: bigint;
  parent?: bigint;
  resource: string;
  name?: string;
  service: string;
  at: number;
  length: number;
  error?: boolean;
  meta?: Record<string, string>;
  metrics?: Record<string, number>;
}

/** The span as text of the v0.4 form: its 64-bit numbers are bare literals, which `JSON.stringify` cannot write. */
function toJson(span: SentSpan, low: bigint, index: number): string {
  const meta = { env: 'dev', version: '1.4.0', ...(index === 0 ? { '_dd.p.tid': traceHigh } : {}), ...span.meta };
  const metrics = { _sampling_priority_v1: 1, ...span.metrics };
  const start = startNano + BigInt(Math.round(span.at * 1e6));
  return `{"trace_id":${low},"span_id":${span.id},"parent_id":${span.parent ?? 0n},"start":${start},"duration":${Math.round(span.length * 1e6)},${JSON.stringify({ name: span.name ?? 'internal', resource: span.resource, service: span.service, type: 'web', error: span.error ? 1 : 0, meta, metrics }).slice(1)}`;
}

export interface Viewer {
  origin: string;
  /** Posts spans of one trace as one client's envelope. */
  send(runtime: EnvelopeRuntime, spans: readonly SentSpan[], more?: { low?: bigint; ledger?: EnvelopeLedger }): Promise<void>;
  clear(): void;
  /** Cuts every connection and stops answering. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startViewer(html: string): Promise<Viewer> {
  const viewer = createTraceViewer();
  const answerPage = createPageAnswer(html);
  const listener = toNodeHandler((request) => (new URL(request.url).pathname === '/' ? answerPage() : viewer.fetch(request)));
  let server = createServer(listener);
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const clients = new Map<EnvelopeRuntime, { client: string; seq: number }>();
  return {
    origin,
    async send(runtime, spans, { low = traceLow, ledger = { notSampled: 0, dropped: {} } } = {}) {
      const known = clients.get(runtime) ?? { client: (clients.size + 1).toString(16).repeat(32), seq: 0 };
      clients.set(runtime, known);
      const payload = `[[${spans.map((span, index) => toJson(span, low, index)).join()}]]`;
      const line = formatEnvelopeLine({
        ...{ v: 1, client: known.client, seq: known.seq++, attempt: 1, sentAt: Date.now(), enc: 'identity', raw: payload.length },
        ...{ spans: spans.length, runtime, lang: 'javascript', tracer: '0.1.0', service: spans[0]!.service, env: 'dev', version: '1.4.0' },
        ledger,
      });
      const answer = await fetch(`${origin}/t`, { method: 'POST', body: new Blob([line, payload]) });
      if (answer.status !== 202) throw new Error(`The viewer refused spans: ${answer.status} ${await answer.text()}`);
    },
    clear: viewer.clear,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    async start() {
      server = createServer(listener);
      await listen(port);
    },
  };
}

const hex = (id: bigint): string => id.toString(16).padStart(16, '0');

/** A page that calls a Worker that calls a Deno server, which fails; a missing parent, and a client that lost spans. */
export async function sendCheckout(viewer: Viewer): Promise<void> {
  const [fetchId, serverId, kvId, denoClientId, denoId, payId] = [11n, 12n, 13n, 14n, 15n, 18_446_744_073_709_551_557n];
  const stack =
    'TimeoutError: Signal timed out after 120 ms\n    at charge (src/payments.ts:41:17)\n    at async handler (src/main.ts:23:10)';
  const events = JSON.stringify([
    { name: 'request.sent', time_unix_nano: 0, attributes: { bytes: 214 } },
    { name: 'exception', time_unix_nano: 0, attributes: { 'exception.type': 'TimeoutError', 'exception.stacktrace': stack } },
  ]).replaceAll('"time_unix_nano":0', `"time_unix_nano":${startNano + 308_000_000n}`);
  const client = { 'span.kind': 'client' };
  const server = { 'span.kind': 'server' };
  await viewer.send('browser', [
    { id: rootId, resource: 'click button#place-order', name: 'interaction', service: 'shop-web', at: 0, length: 486, error: true },
    {
      id: fetchId,
      parent: rootId,
      resource: 'POST /api/checkout',
      name: 'http.client.request',
      service: 'shop-web',
      at: 14,
      length: 438,
      error: true,
      meta: client,
    },
  ]);
  await viewer.send(
    'workerd',
    [
      {
        id: serverId,
        parent: fetchId,
        resource: 'POST /api/checkout',
        name: 'http.server.request',
        service: 'api',
        at: 38,
        length: 393,
        error: true,
        meta: { ...server, 'http.status_code': '502' },
      },
      { id: kvId, parent: serverId, resource: 'KV get session', name: 'kv.get', service: 'api', at: 41, length: 0 },
      {
        id: denoClientId,
        parent: serverId,
        resource: 'POST http://orders.internal/orders',
        name: 'http.client.request',
        service: 'api',
        at: 161,
        length: 260,
        error: true,
        meta: client,
      },
      { id: 16n, parent: 99n, resource: 'storage.put cart:42', name: 'storage.put', service: 'cart', at: 131, length: 8 },
    ],
    { ledger: { notSampled: 0, dropped: { queue_full: 9 } } },
  );
  await viewer.send('deno', [
    {
      id: denoId,
      parent: denoClientId,
      resource: 'POST /orders',
      name: 'http.server.request',
      service: 'orders',
      at: 172,
      length: 237,
      error: true,
      meta: server,
    },
    {
      id: payId,
      parent: denoId,
      resource: 'POST https://pay.example/charge',
      name: 'http.client.request',
      service: 'orders',
      at: 188,
      length: 120,
      error: true,
      meta: {
        ...client,
        'order.id': '9007199254740993',
        'error.type': 'TimeoutError',
        'error.message': 'Signal timed out after 120 ms',
        'error.stack': stack,
        events,
        '_dd.span_links': JSON.stringify([{ trace_id: traceId, span_id: hex(kvId) }]),
      },
      metrics: { 'payment.attempt': 1 },
    },
  ]);
}

/** A trace of so many spans, in envelopes of 500. */
export async function sendLong(viewer: Viewer, spanCount: number): Promise<string> {
  const low = 77n;
  for (let from = 0; from < spanCount; from += 500) {
    const spans = Array.from({ length: Math.min(500, spanCount - from) }, (_, index): SentSpan => {
      const at = from + index;
      return {
        id: BigInt(1000 + at),
        ...(at > 0 ? { parent: BigInt(1000 + Math.floor((at - 1) / 8)) } : {}),
        resource: `step ${at}`,
        service: ['shop-web', 'api', 'orders'][at % 3]!,
        at: at / 10,
        length: at === 0 ? spanCount / 10 : 5,
      };
    });
    await viewer.send('node', spans, { low });
  }
  return traceHigh + low.toString(16).padStart(16, '0');
}
