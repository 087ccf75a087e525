import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DatadogChunk } from '../../../../src/datadog/datadog-span.ts';
import { readEvents } from '../../../../src/datadog/read-events.ts';
import type { EnvelopeLine } from '../../../../src/export/envelope.ts';
import type { IntakeBatch } from '../../../../src/proxy/upstream/upstream.ts';
import { readPayload } from '../../../../src/proxy/validate.ts';

export interface Got {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** A receiver on loopback that keeps what it got and answers as told. */
export async function served(reply: (got: Got) => Reply | Promise<Reply>, run: (url: string, got: Got[]) => Promise<void>): Promise<void> {
  const got: Got[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const one = { method: incoming.method!, url: incoming.url!, headers: incoming.headers, body: Buffer.concat(parts).toString('latin1') };
    got.push(one);
    const { status = 200, headers = {}, body = '' } = await reply(one);
    outgoing.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, got);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** One span with an id above 2^53, an event and the text of its payload. */
export const payloadText =
  '[[{"service":"shop","name":"internal","resource":"r","trace_id":18446744073709551615,"span_id":9007199254740993,"parent_id":0,' +
  '"start":1727211691770716123,"duration":1500000,"error":0,"meta":{"note":"é","events":"[{\\"name\\":\\"e\\",\\"time_unix_nano\\":1727211691770716124,\\"attributes\\":{\\"n\\":1,\\"list\\":[\\"a\\"]}}]"},' +
  '"metrics":{"_sampling_priority_v1":1}}]]';

export function batch(over: Partial<EnvelopeLine> = {}, text = payloadText): IntakeBatch & { readonly payload: Uint8Array<ArrayBuffer> } {
  const payload = new TextEncoder().encode(text);
  return {
    line: {
      v: 1,
      client: '0123456789abcdef0123456789abcdef',
      seq: 1,
      attempt: 1,
      sentAt: 1727211691770,
      enc: 'identity',
      raw: payload.length,
      spans: 1,
      runtime: 'browser',
      lang: 'javascript',
      tracer: '0.1.0',
      service: 'shop',
      env: 'prod',
      version: '1',
      ledger: { notSampled: 0, dropped: {} },
      ...over,
    },
    chunks: readPayload(payload, 1, Date.now()) as DatadogChunk[],
    payload,
    receivedAtMillis: 1727211691771,
  };
}

/** A batch with everything that a span may have, its events and links typed as the proxy makes them. */
export function fullBatch(): IntakeBatch {
  const meta = {
    '_dd.p.tid': '66f2b52b00000000',
    '_dd.p.dm': '-0',
    env: 'prod',
    version: '1.2',
    language: 'javascript',
    'span.kind': 'client',
    'http.status_code': '200',
    'error.message': 'boom',
    note: 'é',
    empty: '',
    'otel.flag': 'true',
    events: '[{"name":"e","time_unix_nano":1727211691770716124,"attributes":{"s":"v","n":1,"d":1.5,"b":false,"list":["a","b"]}}]',
    '_dd.span_links':
      '[{"trace_id":"66f2b52b000000000000000000000001","span_id":"000000000000000a","attributes":{"a":"b"},"tracestate":"x=y","flags":1}]',
  };
  const text =
    '[[{"service":"shop","name":"http.client.request","resource":"GET /x","type":"http","trace_id":18446744073709551615,"span_id":9007199254740993,"parent_id":7,' +
    `"start":1727211691770716123,"duration":1000000001,"error":1,"meta":${JSON.stringify(meta)},"metrics":{"_sampling_priority_v1":1,"n":-3,"d":0.25,"otel.dropped_events_count":2}}]]`;
  const full = batch({}, text);
  for (const chunk of full.chunks) chunk.forEach(readEvents);
  return full;
}
