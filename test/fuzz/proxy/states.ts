import { gzipSync } from 'node:zlib';
import { agentUpstream, createIntakeProxy, type IntakeProxyOptions, type Outcome } from '../../../src/entries/proxy.ts';
import { envelopeOf } from '../../campaign/proxy/envelopes.ts';
import { pageOrigin } from '../../campaign/proxy/page-origin.ts';

const payloadOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const span = (over = ''): string =>
  `{"trace_id":7,"span_id":1,"service":"s","name":"n","resource":"r","start":1795477916860123047,"duration":1${over}}`;
const good = `[[${span()}]]`;
const forever = (): Promise<never> => new Promise(() => {});
/** Waits for the end of the signal, as `fetch` does. */
const aborted = async (signal: AbortSignal): Promise<never> => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
};

type Send = (body?: BodyInit, init?: RequestInit, path?: string) => Promise<Response>;

/** Each code and how to hear it: what an input alone cannot bring about, as it takes a certain proxy, time or company. */
const scenes: Readonly<Record<string, { options?: Partial<IntakeProxyOptions>; run(send: Send): Promise<Response> }>> = {
  misconfigured: { options: { auth: undefined as never }, run: (send) => send() },
  busy: {
    options: { maxInFlight: 1, upstream: forever },
    run: async (send) => {
      void send();
      return send(identity(good, { seq: 2 }));
    },
  },
  internal_error: {
    options: {
      auth: () => {
        throw new Error('The account service is away');
      },
    },
    run: (send) => send(),
  },
  rate_limited: {
    options: { rateLimit: { requests: 1 }, clientAddress: () => '10.0.0.1' },
    run: async (send) => {
      await send();
      return send(identity(good, { seq: 2 }));
    },
  },
  in_flight: {
    options: { upstream: forever },
    run: async (send) => {
      void send();
      return send();
    },
  },
  body_timeout: { run: (send) => send(new ReadableStream({ pull: forever }), { duplex: 'half' } as RequestInit) },
  body_aborted: {
    run: (send) =>
      send(new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) }), { duplex: 'half' } as RequestInit),
  },
  unauthorized: { options: { auth: () => false }, run: (send) => send() },
  server_not_allowed: { run: (send) => send(identity(good), { headers: {} }) },
  origin_not_allowed: { run: (send) => send(identity(good), { headers: { origin: 'https://evil.example' } }) },
  forward_not_allowed: {
    options: { browserSdk: async () => ({ code: 'forward_not_allowed' }) },
    run: (send) => send('x', {}, '/t?ddforward=/api/v2/rum'),
  },
  bad_payload: {
    options: { auth: () => ({ isServer: true }), agentForm: true },
    run: (send) =>
      send(Uint8Array.of(0xc1), { headers: { authorization: 'Bearer x', 'content-type': 'application/msgpack' } }, '/v0.4/traces'),
  },
  not_found: { run: (send) => send(undefined, {}, '/elsewhere') },
  encoded_body: { run: (send) => send(identity(good), { headers: { origin: pageOrigin, 'content-encoding': 'gzip' } }) },
  request_too_large: { run: (send) => send(new Uint8Array(131_073)) },
  line_missing: { run: (send) => send('x'.repeat(3_000)) },
  line_invalid: { run: (send) => send('{}\n[]') },
  line_version: { run: (send) => send('{"v":2}\n[]') },
  raw_too_large: { run: (send) => send(identity(good, { raw: 2_097_153 })) },
  too_many_spans: { run: (send) => send(identity(good, { spans: 1_001 })) },
  no_spans: { run: (send) => send(identity(good, { spans: 0 })) },
  raw_mismatch: { run: (send) => send(identity(good, { raw: 1 })) },
  inflate_ratio: { run: (send) => send(gzip(' '.repeat(2_000_000), {})) },
  bad_gzip: { run: (send) => send(envelopeOf({ raw: 5 }, payloadOf('plain'))) },
  mangled_body: { run: (send) => send(envelopeOf({ raw: 5 }, new TextEncoder().encode(new TextDecoder().decode(gzipSync(good))))) },
  trailing_bytes: { run: (send) => send(envelopeOf({ raw: good.length }, Buffer.concat([gzipSync(good), gzipSync(good)]))) },
  bad_json: { run: (send) => send(identity('[[{]]')) },
  too_deep: { run: (send) => send(identity(`[[${'['.repeat(20)}${']'.repeat(20)}]]`)) },
  bad_span: { run: (send) => send(identity('[[null]]')) },
  empty_chunk: { run: (send) => send(identity('[[]]')) },
  mixed_trace_ids: { run: (send) => send(identity(`[[${span()},${span().replace(':7', ':8')}]]`, { spans: 2 })) },
  spans_mismatch: { run: (send) => send(identity(good, { spans: 2 })) },
  bad_time: { run: (send) => send(identity(good.replace(/"start":\d+/, '"start":1'))) },
  upstream_timeout: {
    options: {
      upstreamTimeoutMillis: 20,
      upstream: agentUpstream({ url: 'http://127.0.0.1:8126', format: 'msgpack', fetch: (_, init) => aborted(init!.signal!) }),
    },
    run: (send) => send(),
  },
  // An upstream that does not say itself that its time was up.
  upstream_error: {
    options: { upstreamTimeoutMillis: 20, upstream: (_, signal) => aborted(signal) },
    run: (send) => send(),
  },
  upstream_down: {
    options: { upstream: async () => ({ status: 'retry', code: 'upstream_503' }) },
    run: async (send) => {
      for (let seq = 2; seq < 5; seq++) await send(identity(good, { seq }));
      return send();
    },
  },
};

/** What an upstream's words become. */
const outcomes: readonly Outcome[] = [
  { status: 'retry', code: 'upstream_503', afterMillis: 1_000 },
  { status: 'retry', code: 'upstream_429', afterMillis: 1_000 },
  { status: 'retry', code: 'upstream_unreachable' },
  { status: 'retry', code: 'upstream_redirect' },
  { status: 'retry', code: 'upstream_html' },
  { status: 'retry', code: 'upstream_500' },
  { status: 'rejected', code: 'upstream_400' },
  { status: 'rejected', code: 'upstream_415' },
  { status: 'rejected', code: 'span_too_large' },
];

/** Longer than what a proxy waits for. */
const patienceMillis = 20_000;

export interface StateResult {
  /** The status of every code that was heard as it should be. */
  readonly reached: ReadonlyMap<string, number>;
  readonly missed: readonly string[];
}

/** Brings about every code once, whatever an input alone can or cannot reach. Takes some ten seconds, for codes that say "too slow". */
export async function reachEveryCode(): Promise<StateResult> {
  const cases = [
    ...Object.entries(scenes).map(([code, { options, run }]) => ({ code, options, run })),
    ...outcomes.map((outcome) => ({
      code: outcome.status === 'ok' ? '' : outcome.code,
      options: { upstream: async () => outcome },
      run: (send: Send) => send(),
    })),
  ];
  const reached = new Map<string, number>();
  const missed: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patienceMillis, undefined);
  });
  await Promise.all(
    cases.map(async ({ code, options, run }) => {
      const proxy = createIntakeProxy({
        upstream: async () => ({ status: 'ok' }),
        allowOrigins: [pageOrigin],
        auth: 'none',
        rateLimit: 'none',
        log: () => {},
        ...options,
      } as IntakeProxyOptions);
      const running = run((body = identity(good), init = {}, path = '/t') =>
        proxy.fetch(new Request(`http://proxy.test${path}`, { method: 'POST', headers: { origin: pageOrigin }, body, ...init })),
      );
      const answer = await Promise.race([running, patience]);
      const got = answer && (/"error":"(\w+)"/.exec(await answer.text())?.[1] ?? `${answer.status}`);
      if (answer !== undefined && got === code) reached.set(code, answer.status);
      else missed.push(`${code} (heard ${got ?? 'nothing'})`);
    }),
  );
  clearTimeout(timer);
  return { reached, missed };
}

function identity(text: string, line: Parameters<typeof envelopeOf>[0] = {}): Uint8Array<ArrayBuffer> {
  return envelopeOf({ enc: 'identity', raw: payloadOf(text).length, ...line }, payloadOf(text));
}

function gzip(text: string, line: Parameters<typeof envelopeOf>[0]): Uint8Array<ArrayBuffer> {
  return envelopeOf({ raw: payloadOf(text).length, ...line }, gzipSync(text));
}
