import { gzipSync } from 'node:zlib';
import { encodeTraces } from '../../../src/datadog/encode-traces.ts';
import { type EnvelopeLine, formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { maxInflatedBytes, maxInflateRatio } from '../../../src/trace/limits.ts';
import type { Random } from '../random.ts';

/** Line and payload in one body. */
export function envelopeOf(line: Partial<EnvelopeLine>, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(formatEnvelopeLine({ ...plainLine, sentAt: Date.now(), ...line }));
  const body = new Uint8Array(head.length + payload.length);
  body.set(head);
  body.set(payload, head.length);
  return body;
}

const plainLine: EnvelopeLine = {
  v: 1,
  client: '0123456789abcdef0123456789abcdef',
  seq: 0,
  attempt: 1,
  sentAt: 0,
  enc: 'gzip',
  raw: 0,
  spans: 1,
  runtime: 'browser',
  lang: 'javascript',
  tracer: '0.1.0',
  service: 'shop-web',
  env: 'prod',
  version: '1.4.0',
  ledger: { notSampled: 0, dropped: {} },
};

/** Spans of one page's trace as the browser's instrumentations make them: fetches with addresses, ids and timings of their own. */
export function pageSpans(random: Random, spanCount: number, nowMillis: number = Date.now()): Uint8Array<ArrayBuffer> {
  const word = (): number => random.below(0x1_0000_0000);
  const trace = { traceHigh: random.below(0x7fff_ffff), traceLow: word() + 1 };
  const rootSpan = { spanHigh: random.below(0x7fff_ffff), spanLow: word() + 1 };
  const chunk = Array.from({ length: spanCount }, (_, index) => {
    const path = `/api/${random.pick(['orders', 'cart', 'products', 'search', 'users'])}/${random.below(1e6)}`;
    return {
      ...trace,
      spanHigh: index === 0 ? rootSpan.spanHigh : random.below(0x7fff_ffff),
      spanLow: index === 0 ? rootSpan.spanLow : word() + 1,
      parentHigh: index === 0 ? 0 : rootSpan.spanHigh,
      parentLow: index === 0 ? 0 : rootSpan.spanLow,
      service: 'shop-web',
      name: index === 0 ? 'browser.document_load' : 'http.client.request',
      resource: index === 0 ? 'documentLoad' : `GET ${path}`,
      type: index === 0 ? 'web' : 'http',
      startSeconds: Math.floor(nowMillis / 1000) - 5,
      startNanos: random.below(1e9),
      durationSeconds: 0,
      durationNanos: random.below(5e8),
      error: random.chance(0.03) ? 1 : 0,
      meta: {
        ...(index === 0 && { '_dd.p.tid': `${Math.floor(nowMillis / 1000).toString(16)}00000000`, '_dd.p.dm': '-0' }),
        env: 'prod',
        version: '1.4.0',
        language: 'javascript',
        'span.kind': 'client',
        'http.method': 'GET',
        'http.status_code': random.chance(0.05) ? '404' : '200',
        'http.url': `https://api.example.com${path}?page=${random.below(50)}&session=${word().toString(36)}`,
        'http.useragent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
        'network.destination.name': 'api.example.com',
        'session.id': '5c0a7f0e-2f1d-4f0e-8c55-b6c7d1a3f9e2',
        'view.url': 'https://shop.example/products/42?ref=mail#top',
        'user.id': `u-${random.below(1e7)}`,
      },
      metrics: {
        ...(index === 0 && { _sampling_priority_v1: 1, '_dd.top_level': 1 }),
        'http.response_content_length': random.below(100_000),
        'network.dns_ms': random.below(100) / 10,
      },
      events: undefined,
      links: undefined,
    };
  });
  return encodeTraces([chunk]);
}

/** A body of 50 spans, ready but for `client` and `seq`. */
export interface PreparedPayload {
  readonly payload: Uint8Array;
  readonly rawBytes: number;
  readonly spanCount: number;
}

export function goodPayload(random: Random, spanCount = 50): PreparedPayload {
  const raw = pageSpans(random, spanCount);
  return { payload: gzipSync(raw, { level: 6 }), rawBytes: raw.length, spanCount };
}

/** What a bomb is made of. */
export const bombKinds = ['zeros', 'text of one word', 'spans of one shape', 'just below the ratio'] as const;

/** What inflates to tens of megabytes, as much as fits in a request; the line says the most that may be, or little. */
export function bombPayload(random: Random, kind: (typeof bombKinds)[number], isModest: boolean): PreparedPayload {
  const rawBytes = isModest ? 60_000 : maxInflatedBytes;
  const payload = Uint8Array.from(gzipSync(bombContent(random, kind), { level: 9 }).subarray(0, 125_000));
  const saidBytes = Math.min(rawBytes, Math.floor(payload.length * maxInflateRatio));
  // The trailer agrees with the line, so that nothing but inflating tells.
  new DataView(payload.buffer).setUint32(payload.length - 4, saidBytes, true);
  return { payload, rawBytes: saidBytes, spanCount: 50 };
}

function bombContent(random: Random, kind: (typeof bombKinds)[number]): Uint8Array {
  if (kind === 'zeros') return new Uint8Array(100_000_000);
  if (kind === 'text of one word') return Buffer.alloc(60_000_000, '[[{"a":"');
  if (kind === 'spans of one shape') return Buffer.alloc(60_000_000, `{"meta":{"k${random.below(100)}":"v"},"trace_id":1},`);
  // So much noise among zeros that the ratio, some 200, never gives it away.
  const content = new Uint8Array(24_000_000);
  for (let at = 0; at < content.length; at += 4_096) content.set(random.bytes(12), at);
  return content;
}
