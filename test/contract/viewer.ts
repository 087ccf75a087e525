import { encode } from '@msgpack/msgpack';
import { formatEnvelopeLine } from '../../src/export/envelope.ts';
import type { TraceViewer, TraceViewerOptions } from '../../src/viewer/handler.ts';
import type { ViewerMessage, ViewerSpan, ViewerTrace } from '../../src/viewer/viewer-span.ts';

type CreateViewer = (options?: TraceViewerOptions) => TraceViewer;

const base = 'http://localhost:4319';
const idHigh = '66f2b52b00000000';
const traceId = `${idHigh}ffffffffffffffff`;
const events =
  '[{"name":"e","time_unix_nano":1795477367897892401,"attributes":{"s":"v","list":[1,2]}},{"name":"exception","time_unix_nano":1795477367897892402}]';
const links = `[{"trace_id":"${traceId}","span_id":"000000000000000a","attributes":{"a":"b"},"flags":1}]`;

/** A viewer as its page and its senders know it. */
export function traceViewer(create: CreateViewer): Record<string, () => Promise<void>> {
  return {
    'serves one page, whole, that may run its own script only': async () => {
      const answer = await create().fetch(new Request(`${base}/`));
      const page = await answer.text();
      equal(/<script type="module">/.test(page) && !/<(script|link)[^>]+(src|href)="(?!data:)/.test(page), true, 'inlined');
      equal(/script-src 'sha256-/.test(answer.headers.get('content-security-policy') ?? ''), true, 'policy');
    },

    'takes an envelope and shows exact ids, times, events and links': async () => {
      const viewer = create();
      equal((await post(viewer, await envelope([span(1), span(2, 1)]))).status, 202, 'status');
      const { spans } = (await json(viewer, `/api/traces/${traceId}`)) as { spans: ViewerSpan[] };
      const root = spans.find((one) => one.parentId === '')!;
      equal(spans.length, 2, 'spans');
      equal([root.traceId, root.spanId, root.runtime], [traceId, '0020000000000001', 'deno'], 'ids');
      equal([root.durationNano, root.startNano.endsWith('860123047')], [1_500_000, true], 'times');
      equal(Object.keys(root.meta).sort(), ['_dd.p.tid', 'note'], 'tags without events and links');
      equal(
        root.events,
        [
          { name: 'e', timeNano: '1795477367897892401', attributes: { s: 'v', list: [1, 2] } },
          { name: 'exception', timeNano: '1795477367897892402', attributes: {} },
        ],
        'events',
      );
      equal(root.links, [{ traceId, spanId: '000000000000000a', attributes: { a: 'b' }, flags: 1 }], 'links');
    },

    'gives the raw span as it goes to Datadog, exact and set out': async () => {
      const viewer = create();
      await post(viewer, await envelope([span(1)]));
      const text = await (await viewer.fetch(new Request(`${base}/api/spans/${traceId}/0020000000000001.json`))).text();
      for (const part of [
        '"trace_id": 18446744073709551615',
        '"span_id": 9007199254740993',
        '860123047',
        'time_unix_nano\\":1795477367897892401',
      ]) {
        equal(text.includes(part), true, part);
      }
      equal(JSON.parse(text).meta['note'], 'é🛒 {[,:]} "', 'text');
    },

    'lists traces, newest first': async () => {
      const viewer = create();
      await post(viewer, await envelope([span(1)], { seq: 1 }));
      await post(viewer, await envelope([span(1, 0, { trace: 77, ahead: 5 }), span(9, 8, { trace: 77, ahead: 6, error: 1 })], { seq: 2 }));
      const [first, second] = (await json(viewer, '/api/traces')) as ViewerTrace[];
      equal([first?.traceId.endsWith('4d'), first?.spans, first?.errors, first?.runtimes], [true, 2, 1, ['deno']], 'first');
      equal(second?.root, { service: 'orders', name: 'internal', resource: 'r1' }, 'root');
    },

    'streams what there is, then what comes, as events': async () => {
      const viewer = create({ pingMillis: 20 });
      await post(
        viewer,
        await envelope(
          Array.from({ length: 999 }, (_, index) => span(index + 1)),
          { seq: 1 },
        ),
      );
      await post(viewer, await envelope([span(1000), span(1001)], { seq: 2 }));
      const stream = await openStream(viewer);
      const [snapshot, more] = [await stream.next(), await stream.next()];
      equal(
        [snapshot?.type, snapshot?.type === 'snapshot' && snapshot.spans.length, snapshot?.type === 'snapshot' && snapshot.version],
        ['snapshot', 1000, '0.1.0'],
        'snapshot',
      );
      equal(more?.type === 'spans' && more.spans.length, 1, 'rest');
      await post(viewer, await envelope([span(5000)], { seq: 3 }));
      const live = await stream.next();
      equal(live?.type === 'spans' && live.spans[0]?.resource, 'r5000', 'live span');
      const clients = await stream.next();
      equal(clients?.type === 'clients' && clients.clients[0]?.batches, 3, 'live client');
      await stream.ping();
      await stream.close();
    },

    'counts each batch and its ledger once, however often it comes': async () => {
      const viewer = create();
      const ledger = { notSampled: 3, dropped: { queue_full: 2 } };
      for (const attempt of [1, 2, 3])
        equal((await post(viewer, await envelope([span(1)], { seq: 1, attempt, ledger }))).status, 202, 'status');
      await post(viewer, await envelope([span(2)], { seq: 2, ledger: { notSampled: 1, dropped: { queue_full: 1, exit_overflow: 4 } } }));
      const stream = await openStream(viewer);
      const snapshot = await stream.next();
      const [client] = snapshot?.type === 'snapshot' ? snapshot.clients : [];
      equal(
        [client?.batches, client?.spans, client?.notSampled, client?.dropped],
        [2, 2, 4, { queue_full: 3, exit_overflow: 4 }],
        'ledger',
      );
      await stream.close();
    },

    'takes the form of the Agent, JSON and MessagePack, gzip or not': async () => {
      const viewer = create();
      const packed = encode(
        [
          [
            {
              service: 'py',
              name: 'web.request',
              resource: 'GET /',
              trace_id: 5n,
              span_id: 2n ** 64n - 1n,
              parent_id: 0n,
              start: BigInt(Date.now() - 1000) * 1_000_000n,
              duration: 5,
              error: 0,
              meta: { a: 'b' },
              metrics: { m: 1.5 },
            },
          ],
        ],
        { useBigInt64: true },
      );
      const bodies: [string, Uint8Array<ArrayBuffer>][] = [
        ['application/msgpack', Uint8Array.from(packed)],
        ['application/json', bytesOf(`[[${span(3)}]]`)],
        ['application/json', await gzip(`[[${span(4)}]]`)],
        ['text/plain', Uint8Array.from(packed)],
      ];
      for (const [type, body] of bodies) {
        for (const method of ['PUT', 'POST']) {
          const answer = await viewer.fetch(new Request(`${base}/v0.4/traces`, { method, body, headers: { 'Content-Type': type } }));
          equal([answer.status, await answer.text()], [200, '{"rate_by_service":{}}'], type);
        }
      }
      equal(viewer.trace(traceId).length, 2, 'JSON');
      equal(viewer.trace('00000000000000000000000000000005')[0]?.spanId, 'ffffffffffffffff', 'MessagePack');
      equal(((await json(viewer, '/info')) as { endpoints: string[] }).endpoints, ['/v0.4/traces'], 'info');
    },

    'leaves out of the form of the Agent what an Agent drops, alone, and counts it as it counts what came': async () => {
      const viewer = create();
      const early = span(6).replace(/"start":\d+/, '"start":-5');
      const body = `[[${span(3)}],[${span(4)},${span(5, 0, { trace: 9 })}],[],[${early}]]`;
      const answer = await viewer.fetch(new Request(`${base}/v0.4/traces`, { method: 'PUT', body }));
      equal(answer.status, 200, 'status');
      equal(
        viewer.trace(traceId).map(({ spanId, startNano }) => `${spanId.slice(-1)} ${startNano.length > 1}`),
        ['3 true', '6 false'],
        'kept',
      );
      await viewer.fetch(new Request(`${base}/v0.4/traces`, { method: 'PUT', body: '[]' }));
      const stream = await openStream(viewer);
      const snapshot = await stream.next();
      const clients = snapshot?.type === 'snapshot' ? snapshot.clients : [];
      equal(
        clients.map(({ client, batches, spans, dropped }) => ({ client, batches, spans, dropped })),
        [{ client: '', batches: 1, spans: 2, dropped: { mixed_trace_ids: 2 } }],
        'counted',
      );
      await stream.close();
    },

    'refuses what no upstream would take, with a word': async () => {
      const viewer = create();
      const bad: [string, BodyInit, number, string][] = [
        ['/t', 'no line', 400, 'line_missing'],
        ['/t', await envelope(['null']), 422, 'bad_span'],
        ['/t', await envelope([span(1)], { raw: 3_000_000 }), 413, 'raw_too_large'],
        ['/v0.4/traces', '[[null]]', 422, 'bad_span'],
        ['/v0.4/traces', Uint8Array.from([0x91, 0xc1]), 422, 'bad_payload'],
        ['/v0.4/traces', Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff]), 422, 'bad_payload'],
      ];
      for (const [path, body, status, code] of bad) {
        const answer = await viewer.fetch(new Request(`${base}${path}`, { method: 'POST', body }));
        equal([answer.status, await answer.text()], [status, `{"error":"${code}"}`], code);
      }
      equal(viewer.traces().length, 0, 'nothing kept');
    },

    'answers this machine only': async () => {
      const viewer = create({ allowOrigins: ['https://shop.test'] });
      const status = async (url: string, headers: Record<string, string> = {}) =>
        (await viewer.fetch(new Request(url, { headers }))).status;
      for (const host of ['localhost:4319', '127.0.0.1:9', '[::1]:4319', 'app.localhost'])
        equal(await status(`http://${host}/api/traces`), 200, host);
      for (const host of ['evil.example', '192.168.0.9:4319', '127.0.0.1.evil.example', 'localhost.evil.example']) {
        equal(await status(`http://${host}/api/traces`), 403, host);
      }
      for (const from of ['http://localhost:8080', 'http://127.0.0.1:4319', 'https://shop.test']) {
        const answer = await viewer.fetch(new Request(`${base}/api/traces`, { headers: { Origin: from } }));
        equal([answer.status, answer.headers.get('access-control-allow-origin')], [200, from], from);
      }
      for (const from of ['https://evil.example', 'null', 'http://localhost.evil.example', 'file://']) {
        const answer = await viewer.fetch(new Request(`${base}/api/traces`, { headers: { Origin: from } }));
        equal([answer.status, answer.headers.get('access-control-allow-origin')], [403, null], from);
      }
      equal(await status(`${base}/api/traces`, { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }), 403, 'cross-site load');
    },

    'stays within its bounds, oldest trace first, and says so': async () => {
      const viewer = create({ maxTraces: 2, maxSpans: 5 });
      const stream = await openStream(viewer);
      await stream.next();
      for (const trace of [1, 2, 3]) await post(viewer, await envelope([span(1, 0, { trace })], { seq: trace }));
      equal(
        viewer
          .traces()
          .map((one) => one.traceId.slice(-1))
          .sort(),
        ['2', '3'],
        'two traces',
      );
      const seen: string[] = [];
      while (!seen.includes('evicted')) seen.push((await stream.next())?.type ?? 'end');
      await stream.close();
      await post(
        viewer,
        await envelope(
          Array.from({ length: 9 }, (_, index) => span(index + 10, 0, { trace: 4 })),
          { seq: 9 },
        ),
      );
      equal(
        viewer.traces().reduce((sum, one) => sum + one.spans, 0),
        5,
        'five spans',
      );
      const facts = (await json(viewer, '/t')) as Record<string, unknown>;
      equal([facts['receiver'], facts['evictedTraces'], facts['refusedSpans']], ['edgespan-viewer', 3, 4], 'said');
    },

    'forgets everything when told to, and tells its pages': async () => {
      const viewer = create();
      await post(viewer, await envelope([span(1)]));
      const stream = await openStream(viewer);
      await stream.next();
      equal((await viewer.fetch(new Request(`${base}/api/clear`, { method: 'POST' }))).status, 204, 'status');
      const message = await stream.next();
      equal(message?.type === 'snapshot' && message.spans.length, 0, 'empty snapshot');
      equal(viewer.traces(), [], 'traces');
      await stream.close();
    },

    'is 404 elsewhere': async () => {
      for (const path of ['/nothing', '/api/spans/1/2.json', `/api/spans/${traceId}/0000000000000001.json`, '/t/']) {
        equal((await create().fetch(new Request(base + path))).status, 404, path);
      }
    },
  };
}

function span(id: number, parent = 0, over: { trace?: number; ahead?: number; error?: number } = {}): string {
  const bigId = (number: number): string => (number === 0 ? '0' : `${9007199254740992n + BigInt(number)}`);
  const start = `${Math.floor(Date.now() / 1000) - 100 + (over.ahead ?? 0)}860123047`;
  const meta = { note: 'é🛒 {[,:]} "', '_dd.p.tid': idHigh, events, '_dd.span_links': links };
  return (
    `{"service":"orders","name":"internal","resource":"r${id}","trace_id":${over.trace ?? '18446744073709551615'},"span_id":${bigId(id)},` +
    `"parent_id":${bigId(parent)},"start":${start},"duration":1500000,"error":${over.error ?? 0},"meta":${JSON.stringify(meta)},"metrics":{"n":1.5}}`
  );
}

async function envelope(spans: readonly string[], over: Record<string, unknown> = {}): Promise<Uint8Array<ArrayBuffer>> {
  const text = `[[${spans.join()}]]`;
  const line = {
    v: 1,
    client: '0123456789abcdef0123456789abcdef',
    seq: 7,
    attempt: 1,
    sentAt: Date.now(),
    enc: 'gzip',
    raw: bytesOf(text).length,
    spans: spans.length,
    runtime: 'deno',
    lang: 'javascript',
    tracer: '0.1.0',
    service: 'orders',
    env: 'dev',
    version: '1',
    ledger: { notSampled: 0, dropped: {} },
    ...over,
  } as const;
  const [head, payload] = [bytesOf(formatEnvelopeLine(line)), await gzip(text)];
  return Uint8Array.from([...head, ...payload]);
}

function post(viewer: TraceViewer, body: BodyInit): Promise<Response> {
  return viewer.fetch(new Request(`${base}/t`, { method: 'POST', body }));
}

async function json(viewer: TraceViewer, path: string): Promise<unknown> {
  return (await viewer.fetch(new Request(base + path))).json();
}

interface OpenStream {
  /** The next message, pings passed over. */
  next(): Promise<ViewerMessage | undefined>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

async function openStream(viewer: TraceViewer): Promise<OpenStream> {
  const answer = await viewer.fetch(new Request(`${base}/api/stream`));
  equal(answer.headers.get('content-type'), 'text/event-stream', 'type');
  const reader = answer.body!.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>).getReader();
  let text = '';
  const block = async (): Promise<string | undefined> => {
    while (!text.includes('\n\n')) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += value;
    }
    const [first, ...rest] = text.split('\n\n');
    text = rest.join('\n\n');
    return first;
  };
  return {
    async next() {
      for (;;) {
        const found = await block();
        if (found === undefined) return undefined;
        if (found.startsWith('data: ')) return JSON.parse(found.slice(6)) as ViewerMessage;
      }
    },
    async ping() {
      while (!(await block())?.startsWith(': ping')) {}
    },
    close: () => reader.cancel(),
  };
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Response(text).body!.pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function equal(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
