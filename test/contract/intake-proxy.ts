import { type EnvelopeLine, formatEnvelopeLine } from '../../src/export/envelope.ts';
import type { IntakeProxyOptions } from '../../src/proxy/options.ts';
import type { IntakeBatch, Outcome } from '../../src/proxy/upstream/upstream.ts';

/** A proxy that is served: over the wire where the host can listen, else in process. */
export interface ServedProxy {
  /** Sends a request to a path of the proxy. */
  send(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Serves a proxy with these options. */
export type ServeProxy = (options: IntakeProxyOptions) => Promise<ServedProxy>;

const origin = 'https://shop.example';
const traceId = '18446744073709551615';
const spanId = '9007199254740993';

/** An intake proxy as its contract says: what it takes, what it refuses and how, what reaches an upstream. */
export function intakeProxy(serve: ServeProxy): Record<string, () => Promise<void>> {
  return {
    'takes a gzip envelope, hands on exact ids, and the line without its token': () =>
      withProxy(serve, {}, async ({ post, batches }) => {
        const payload = await gzip(spans(2));
        const answer = await post(await envelope({ spans: 2, token: 'secret', payload, raw: bytesOf(spans(2)).length }));
        equal(await answer.text(), '', 'body');
        equal(answer.status, 202, 'status');
        equal(batches.length, 1, 'batches');
        const [batch] = batches as [IntakeBatch];
        const [first] = batch.chunks[0]!;
        equal([first!.traceHigh, first!.traceLow], [0xffffffff, 0xffffffff], 'trace id');
        equal([first!.spanHigh, first!.spanLow], [0x200000, 1], 'span id');
        equal(first!.meta['note'], 'é🛒', 'text');
        equal('token' in batch.line, false, 'token');
        equal('payload' in batch, false, 'what came, secrets and all');
      }),

    'takes an envelope that is not compressed': () =>
      withProxy(serve, {}, async ({ post, batches }) => {
        equal((await post(await envelope({ enc: 'identity' }))).status, 202, 'status');
        equal(batches.length, 1, 'batches');
      }),

    'is closed until allowOrigins and auth are written out': async () => {
      for (const missing of ['allowOrigins', 'auth'] as const) {
        const entries: object[] = [];
        const { [missing]: _, ...rest } = { allowOrigins: [origin], auth: 'none' as const };
        const served = await serve({ upstream: async () => ({ status: 'ok' }), log: (entry) => entries.push(entry), ...rest });
        try {
          for (const path of ['/t', '/healthz']) {
            const answer = await served.send(path, { headers: { Origin: origin } });
            equal([answer.status, await answer.text()], [503, '{"error":"misconfigured"}'], missing);
            const allowed = missing === 'auth' ? origin : null;
            equal([answer.headers.get('vary'), answer.headers.get('access-control-allow-origin')], ['Origin', allowed], 'CORS');
          }
          equal(entries.length, 1, 'log entries');
          equal(JSON.stringify(entries[0]).includes(`"option":"${missing}"`), true, 'log names the option');
        } finally {
          await served.close();
        }
      }
    },

    'says the exact origin on every answer, errors too, and nothing to others': () =>
      withProxy(serve, {}, async ({ post, send }) => {
        for (const body of [await envelope(), 'nonsense', await envelope({ token: 'x'.repeat(1025) })]) {
          const { headers } = await drained(post(body));
          equal(headers.get('access-control-allow-origin'), origin, 'origin');
          equal(headers.get('access-control-expose-headers'), 'Retry-After', 'exposed');
          equal(headers.get('vary'), 'Origin', 'vary');
        }
        for (const other of ['https://shop.example.evil.example', 'https://evil.example', 'null', 'http://shop.example', `${origin}:444`]) {
          const answer = await drained(send('/t', { method: 'POST', headers: { Origin: other }, body: await envelope() }));
          equal([answer.status, answer.headers.get('access-control-allow-origin')], [403, null], other);
        }
      }),

    'answers a preflight of an allowed origin only, for ten minutes': () =>
      withProxy(serve, {}, async ({ send }) => {
        const ask = (from: string) =>
          drained(send('/t', { method: 'OPTIONS', headers: { Origin: from, 'Access-Control-Request-Method': 'POST' } }));
        const good = await ask(origin);
        equal(good.status, 204, 'status');
        equal(good.headers.get('access-control-max-age'), '600', 'max age');
        equal(good.headers.get('access-control-allow-methods'), 'POST', 'methods');
        equal((await ask('https://evil.example')).headers.get('access-control-allow-methods'), null, 'methods for others');
      }),

    'lets senders without an origin in only where it was said': async () => {
      await withProxy(serve, {}, async ({ send }) => {
        const answer = await send('/t', { method: 'POST', body: await envelope() });
        equal([answer.status, await answer.text()], [403, '{"error":"server_not_allowed"}'], 'closed');
      });
      await withProxy(serve, { allowServers: true }, async ({ send }) => {
        equal((await drained(send('/t', { method: 'POST', body: await envelope() }))).status, 202, 'open');
      });
    },

    'asks auth with the line before it inflates anything': () =>
      withProxy(serve, { auth: (_, line) => line.token === 'good' }, async ({ post, refused }) => {
        const bomb = await gzip('\0'.repeat(4_000_000));
        await refused(post(await envelope({ token: 'bad', payload: bomb })), 401, 'unauthorized');
        await refused(post(await envelope({ payload: bomb })), 401, 'unauthorized');
        equal((await drained(post(await envelope({ token: 'good' })))).status, 202, 'good token');
      }),

    'refuses a bad line with a word': () =>
      withProxy(serve, {}, async ({ post, refused }) => {
        await refused(post('no line'), 400, 'line_missing');
        await refused(post('{}\n[]'), 400, 'line_invalid');
        await refused(post(new TextDecoder().decode(await envelope({ enc: 'identity' })).replace('"v":1', '"v":2')), 400, 'line_version');
        await refused(post(''), 400, 'line_missing');
      }),

    'refuses what is too large, by what arrives and by what the line says': () =>
      withProxy(serve, {}, async ({ post, refused }) => {
        await refused(post(new Uint8Array(131_073)), 413, 'request_too_large');
        await refused(post(await envelope({ raw: 2_097_153 })), 413, 'raw_too_large');
        await refused(post(await envelope({ spans: 1_001 })), 413, 'too_many_spans');
        await refused(post(await envelope({ spans: 0 })), 422, 'no_spans');
      }),

    'refuses gzip bombs, early': () =>
      withProxy(serve, {}, async ({ post, refused }) => {
        const bomb = await gzip('\0'.repeat(20_000_000));
        await refused(post(await envelope({ payload: bomb, raw: 2_000_000 })), 422, 'raw_mismatch');
        await refused(post(await envelope({ payload: bomb, raw: 60_000 })), 422, 'raw_mismatch');
        await refused(post(await envelope({ payload: bomb.slice(0, 2_000), raw: 2_000_000 })), 413, 'inflate_ratio');
      }),

    'refuses broken gzip, trailing bytes, a second member and mangled bodies': () =>
      withProxy(serve, {}, async ({ post, refused }) => {
        const good = await gzip(spans());
        const raw = bytesOf(spans()).length;
        const damaged = good.slice();
        damaged[good.length - 6]! ^= 1;
        await refused(post(await envelope({ payload: damaged, raw })), 400, 'bad_gzip');
        await refused(post(await envelope({ payload: good.slice(0, -9), raw })), 400, 'bad_gzip');
        await refused(post(await envelope({ payload: bytesOf('[[]]'), raw })), 400, 'bad_gzip');
        await refused(post(await envelope({ payload: join(good, good), raw })), 400, 'trailing_bytes');
        await refused(post(await envelope({ payload: join(good, bytesOf('tail')), raw })), 400);
        await refused(post(await envelope({ payload: good, raw: raw - 1 })), 422, 'raw_mismatch');
        const mangled = bytesOf(new TextDecoder('utf-8').decode(good));
        await refused(post(await envelope({ payload: mangled, raw })), 415, 'mangled_body');
      }),

    'refuses payloads that an upstream would choke on or drop': () =>
      withProxy(serve, {}, async ({ post, refused }) => {
        const send = async (text: string, spanCount = 1) => post(await envelope({ enc: 'identity', text, spans: spanCount }));
        await refused(send('[[{]]'), 422, 'bad_json');
        await refused(send('[[null]]'), 422, 'bad_span');
        await refused(send('[[]]'), 422, 'empty_chunk');
        await refused(send(spans().replace(traceId, '0')), 422, 'bad_span');
        await refused(send(spans().replace(spanId, '"1"')), 422, 'bad_span');
        await refused(send(`${'['.repeat(5_000)}${']'.repeat(5_000)}`), 422);
        await refused(send(spans(2), 3), 422, 'spans_mismatch');
        await refused(send(spans().replace(/"start":\d+/, '"start":1000')), 422, 'bad_time');
      }),

    'hands a batch on once, however often it comes, and again when it failed': async () => {
      const outcomes: Outcome[] = [{ status: 'retry', code: 'upstream_503' }, { status: 'ok' }];
      await withProxy(serve, { outcome: () => outcomes.shift() ?? { status: 'ok' } }, async ({ post, batches }) => {
        const statuses: number[] = [];
        for (let attempt = 1; attempt <= 4; attempt++) statuses.push((await drained(post(await envelope({ attempt })))).status);
        equal(statuses, [503, 202, 202, 202], 'statuses');
        equal(batches.length, 2, 'handed on');
        await drained(post(await envelope({ seq: 8 })));
        equal(batches.length, 3, 'the next seq');
      });
    },

    'lets two of one batch that come at once share one outcome': async () => {
      let release = (): void => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const outcome = async (): Promise<Outcome> => {
        await gate;
        return { status: 'ok' };
      };
      await withProxy(serve, { outcome }, async ({ post, batches }) => {
        const answers = [post(await envelope()), post(await envelope({ attempt: 2 }))];
        await new Promise((resolve) => setTimeout(resolve, 50));
        release();
        equal(await Promise.all(answers.map(async (answer) => (await drained(answer)).status)), [202, 202], 'statuses');
        equal(batches.length, 1, 'handed on');
      });
    },

    'says what the primary upstream said, when to come again, and never its words': async () => {
      const upstream = [
        [{ status: 'retry', code: 'upstream_503', afterMillis: 7_000 }, 503, '7'],
        [{ status: 'retry', code: 'upstream_429', afterMillis: 2_000 }, 429, '2'],
        [{ status: 'rejected', code: 'upstream_400' }, 422, null],
      ] as const;
      for (const [given, status, retryAfter] of upstream) {
        let count = 0;
        // Of a receiver that has taken nothing yet no refusal is believed.
        const outcome = (): Outcome => (count++ === 0 ? { status: 'ok' } : given);
        await withProxy(serve, { outcome }, async ({ post }) => {
          equal((await post(await envelope({ seq: 90 }))).status, 202, 'the first');
          const answer = await post(await envelope({ seq: 91 }));
          equal([answer.status, answer.headers.get('retry-after')], [status, retryAfter], given.code);
          equal(await answer.text(), `{"error":"${given.code}"}`, 'body');
        });
      }
      await withProxy(serve, { outcome: () => ({ status: 'rejected', code: 'upstream_400' }) }, async ({ refused, post }) =>
        refused(post(await envelope()), 503, 'upstream_400'),
      );
      const outcome = (): Outcome => {
        throw new Error('key 123');
      };
      await withProxy(serve, { outcome }, async ({ refused, post }) => refused(post(await envelope()), 503, 'internal_error'));
    },

    'gives up on an upstream that hangs': () =>
      withProxy(
        serve,
        { outcome: (signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)), upstreamTimeoutMillis: 50 },
        async ({ post, refused }) => refused(post(await envelope()), 503, 'upstream_error'),
      ),

    'gives other upstreams what the primary took, and no answer waits for theirs': async () => {
      const got: string[] = [];
      const primary = async (): Promise<Outcome> => ({ status: 'ok' });
      const other = async (batch: IntakeBatch): Promise<Outcome> => {
        got.push(batch.line.client);
        return { status: 'retry', code: 'down' };
      };
      await withProxy(serve, { upstream: [primary, other] }, async ({ post }) => {
        equal((await drained(post(await envelope()))).status, 202, 'status');
        equal(got.length, 1, 'handed on');
      });
    },

    'tells a sender that sends too much when to come again': async () => {
      await withProxy(serve, { rateLimit: { requests: 2 }, clientAddress: () => '10.0.0.7' }, async ({ post, batches }) => {
        const statuses: number[] = [];
        for (let seq = 1; seq <= 3; seq++) statuses.push((await drained(post(await envelope({ seq })))).status);
        equal(statuses, [202, 202, 429], 'statuses');
        const last = await post(await envelope({ seq: 4 }));
        equal([await last.text(), Number(last.headers.get('retry-after')) > 0], ['{"error":"rate_limited"}', true], 'answer');
        equal(batches.length, 2, 'handed on');
      });
    },

    'takes secrets and a page’s internal tags out, and leaves both to whom it was told to': async () => {
      const secret = spans().replace('é🛒', 'mail a@b.example').replace('"meta":{', '"meta":{"_dd.hostname":"h",');
      const body = () => envelope({ text: secret, payload: undefined });
      await withProxy(serve, {}, async ({ post, batches }) => {
        await drained(post(await body()));
        equal(batches[0]?.chunks[0]?.[0]?.meta, { note: 'mail ?', '_dd.p.dm': '-0' }, 'page');
      });
      await withProxy(serve, { redact: 'none', auth: () => ({ isServer: true }) }, async ({ post, batches }) => {
        await drained(post(await body()));
        const meta = batches[0]?.chunks[0]?.[0]?.meta;
        equal([meta?.['note'], meta?.['_dd.hostname']], ['mail a@b.example', 'h'], 'server');
      });
    },

    'is 404 everywhere but where it listens, and tells a doctor its limits': () =>
      withProxy(serve, {}, async ({ send }) => {
        for (const [path, method] of [
          ['/', 'GET'],
          ['/t/', 'POST'],
          ['/v0.4/traces', 'PUT'],
          ['/t', 'PUT'],
          ['/metrics', 'GET'],
        ] as const) {
          const answer = await send(path, { method, headers: { Origin: origin } });
          equal([answer.status, await answer.text()], [404, '{"error":"not_found"}'], `${method} ${path}`);
        }
        equal(await (await send('/healthz')).json(), { status: 'ok' }, 'health');
        for (const path of ['/healthz', '/t', '/nothing']) {
          const [head, get] = [await send(path, { method: 'HEAD' }), await drained(send(path))];
          equal([head.status, await head.text()], [get.status, ''], `HEAD ${path}`);
          equal(head.headers.get('content-type'), get.headers.get('content-type'), `type of HEAD ${path}`);
        }
        const limits = (await (await send('/t')).json()) as Record<string, unknown>;
        equal([limits['v'], limits['receiver'], limits['maxRequestBytes']], [1, 'edgespan-proxy', 131_072], 'limits');
      }),
  };
}

interface Bench {
  readonly batches: IntakeBatch[];
  send: ServedProxy['send'];
  post(body: BodyInit): Promise<Response>;
  refused(answer: Promise<Response>, status: number, code?: string): Promise<void>;
}

type BenchOptions = Partial<IntakeProxyOptions> & { outcome?: (signal: AbortSignal) => Outcome | Promise<Outcome> };

async function withProxy(serve: ServeProxy, { outcome, ...options }: BenchOptions, run: (bench: Bench) => Promise<void>): Promise<void> {
  const batches: IntakeBatch[] = [];
  const upstream = async (batch: IntakeBatch, signal: AbortSignal): Promise<Outcome> => {
    batches.push(batch);
    return (await outcome?.(signal)) ?? { status: 'ok' };
  };
  const served = await serve({ upstream, allowOrigins: [origin], auth: 'none', log: () => {}, ...options });
  const post = (body: BodyInit): Promise<Response> => served.send('/t', { method: 'POST', headers: { Origin: origin }, body });
  try {
    await run({
      batches,
      send: served.send,
      post,
      async refused(answer, status, code) {
        const { status: found, headers } = await answer;
        const body = (await (await answer).json()) as { error: string };
        equal([found, code ?? body.error], [status, body.error], `refusal ${code ?? status}`);
        equal(headers.get('x-content-type-options'), 'nosniff', 'nosniff');
        equal(batches.length === 0 || status === 503, true, 'nothing handed on');
      },
    });
  } finally {
    await served.close();
  }
}

interface EnvelopeParts extends Partial<EnvelopeLine> {
  readonly payload?: Uint8Array<ArrayBuffer> | undefined;
  readonly text?: string;
}

async function envelope({ payload, text = spans(), ...over }: EnvelopeParts = {}): Promise<Uint8Array<ArrayBuffer>> {
  const body = payload ?? (over.enc === 'identity' ? bytesOf(text) : await gzip(text));
  const line = formatEnvelopeLine({
    v: 1,
    client: '0123456789abcdef0123456789abcdef',
    seq: 7,
    attempt: 1,
    sentAt: Date.now(),
    enc: 'gzip',
    raw: bytesOf(text).length,
    spans: 1,
    runtime: 'browser',
    lang: 'javascript',
    tracer: '0.1.0',
    service: 'shop-web',
    env: 'prod',
    version: '1.4.0',
    ledger: { notSampled: 0, dropped: {} },
    ...over,
  });
  return join(bytesOf(line), body);
}

/** Spans of one trace, ids above 2^53. */
function spans(count = 1): string {
  const start = `${Math.floor(Date.now() / 1000) - 10}860123047`;
  const list = Array.from(
    { length: count },
    (_, index) =>
      `{"service":"shop-web","name":"internal","resource":"r${index}","trace_id":${traceId},"span_id":${BigInt(spanId) + BigInt(index)},` +
      `"parent_id":0,"start":${start},"duration":1500000,"error":0,"meta":{"note":"é🛒"},"metrics":{"_sampling_priority_v1":1}}`,
  );
  return `[[${list.join()}]]`;
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Response(text).body!.pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function drained(answer: Promise<Response>): Promise<Response> {
  await (await answer).arrayBuffer();
  return answer;
}

function equal(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
