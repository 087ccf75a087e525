import { decodeTraces, isRefusal } from '../../../src/datadog/decode.ts';
import {
  agentUpstream,
  browserSdkForward,
  consoleUpstream,
  createIntakeProxy,
  datadogUpstream,
  hmacTokens,
  type IntakeProxy,
  type IntakeProxyOptions,
  otlpUpstream,
  viewerUpstream,
} from '../../../src/entries/proxy.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import { pageOrigin } from '../../campaign/proxy/page-origin.ts';
import type { Random } from '../../campaign/random.ts';

/** A proxy that inputs are thrown at, and who may send to it. */
export interface Target {
  readonly name: string;
  readonly proxy: IntakeProxy;
}

/** Proxies with every upstream and what went wrong behind them. */
export interface Targets {
  readonly list: readonly Target[];
  readonly logs: readonly ProxyLogEntry[];
  /** Requests that went out, by address. */
  readonly fetches: ReadonlyMap<string, number>;
  /** What was done that may not be done; emptied by who reads it. */
  takeFaults(): string[];
}

/** Stands in for a key of Datadog's: may be in one header of one upstream, nowhere else. */
export const canaryKey = 'c4narykey0123456789abcdef0123456';

const agentUrl = 'http://127.0.0.1:8126';
const allowedUrls: readonly string[] = [
  `${agentUrl}/info`,
  `${agentUrl}/v0.4/traces`,
  'http://127.0.0.1:4318/v1/traces',
  'http://127.0.0.1:4319/t',
  'https://public-trace-http-intake.logs.datadoghq.com/api/v2/spans',
];
/** Stands in for a client token of the site's RUM application. */
export const clientToken: string = `pub${canaryKey.slice(0, 1)}${'0123456789abcdef'.repeat(2).slice(1)}`;
const forwardPaths = /^\/api\/v2\/(rum|logs|replay|profile)$/;
const forwardKeys =
  /^(ddsource|dd-api-key|dd-evp-(origin|origin-version|encoding)|dd-request-id|batch_time|_dd\.(api|retry_count|retry_after))$/;
/** What a proxy may say to an upstream. Nothing of it comes from a client but the tracer's version, cleaned. */
const allowedHeaders =
  /^(content-type|content-encoding|accept|dd-api-key|x-datadog-trace-count|datadog-client-computed-(stats|top-level)|datadog-meta-(lang|lang-version|lang-interpreter|tracer-version)|datadog-send-real-http-status)$/;

export function createTargets(random: Random, tokenKeys: string): Targets {
  let faults: string[] = [];
  const logs: ProxyLogEntry[] = [];
  const fetches = new Map<string, number>();

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const place = url.split('?')[0]!;
    fetches.set(place, (fetches.get(place) ?? 0) + 1);
    const isForward = isForwardUrl(url);
    if (!isForward && !allowedUrls.includes(url)) faults.push(`fetch of ${url}`);
    if (init?.redirect !== 'manual') faults.push(`redirect is ${init?.redirect}`);
    for (const [name, value] of new Headers(init?.headers)) {
      if (!allowedHeaders.test(name)) faults.push(`header ${name} to ${url}`);
      if (value.includes(canaryKey) !== (name === 'dd-api-key')) faults.push(`key in ${name}`);
    }
    if (url === `${agentUrl}/info`)
      return new Response(random.chance(0.5) ? '{"span_events":true}' : 'no', { status: random.pick([200, 404]) });
    if (isForward) return answerOf(random);
    faults.push(...faultsOfBody(url, new Headers(init?.headers).get('content-type'), init?.body));
    return answerOf(random);
  };

  const create = (name: string, options: Omit<IntakeProxyOptions, 'log'>): Target => ({
    name,
    proxy: createIntakeProxy({
      allowOrigins: [pageOrigin],
      rateLimit: 'none',
      ...options,
      log: (entry) => void (logs.length < 50_000 && logs.push(entry)),
    }),
  });
  const auth = hmacTokens({ keys: tokenKeys });
  const agentJson = agentUpstream({ url: agentUrl, format: 'json', fetch });
  const browserSdk = browserSdkForward({ clientTokens: [clientToken], fetch });
  const silent = consoleUpstream({ write: (line) => void JSON.parse(line) });
  return {
    logs,
    fetches,
    list: [
      create('agent', { upstream: [agentJson, silent], auth: 'none', allowServers: true, browserSdk }),
      create('agent, no redaction', { upstream: agentJson, auth: 'none', redact: 'none' }),
      create('agent, tokens', { upstream: agentUpstream({ url: agentUrl, fetch }), auth }),
      create('agent, MessagePack', {
        upstream: agentUpstream({ url: agentUrl, format: 'msgpack', fetch }),
        auth: () => ({ isServer: true }),
      }),
      create('agent form', { upstream: agentUpstream({ url: agentUrl, format: 'msgpack', fetch }), auth, agentForm: true, browserSdk }),
      create('OTLP, JSON', { upstream: otlpUpstream({ url: 'http://127.0.0.1:4318', protocol: 'json', fetch }), auth }),
      create('OTLP, protobuf', { upstream: otlpUpstream({ url: 'http://127.0.0.1:4318', protocol: 'protobuf', fetch }), auth: 'none' }),
      create('Datadog', { upstream: datadogUpstream({ apiKey: canaryKey, unstable: true, warn: () => {}, fetch }), auth: 'none' }),
      create('viewer', { upstream: viewerUpstream({ url: 'http://127.0.0.1:4319', fetch }), auth }),
    ],
    takeFaults() {
      const taken = faults;
      faults = [];
      return taken;
    },
  };
}

/** An Agent must be able to read what reaches it, and a page cannot have forced what it may not. */
function faultsOfBody(url: string, type: string | null, body: unknown): string[] {
  if (!(body instanceof Uint8Array) && typeof body !== 'string') return [`body of ${typeof body}`];
  const text = (): string => (typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body as Uint8Array));
  if (type !== 'application/json') return body.length > 0 ? [] : ['empty body'];
  if (!url.endsWith('/v0.4/traces')) return isJson(text()) ? [] : ['no JSON'];
  const chunks = decodeTraces(text());
  if (isRefusal(chunks)) return [`an Agent would refuse: ${chunks.error} ${chunks.path}`];
  const faults: string[] = [];
  for (const chunk of chunks) {
    for (const { meta, metrics } of chunk) {
      if ((metrics['_sampling_priority_v1'] ?? 0) > 1) faults.push('priority above 1');
      for (const key of Object.keys(meta)) if (/^_dd\.(hostname|agent|compute_stats)/.test(key)) faults.push(`tag ${key}`);
      if (Object.keys(meta).length > 520) faults.push('more tags than an Agent takes');
    }
  }
  return faults;
}

function isForwardUrl(address: string): boolean {
  const { origin, pathname, searchParams, hash, username } = new URL(address);
  if (origin !== 'https://browser-intake-datadoghq.com' || username !== '' || hash !== '' || !forwardPaths.test(pathname)) return false;
  return [...searchParams.keys()].every((key) => forwardKeys.test(key));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Mostly good; else all that an upstream may say. */
function answerOf(random: Random): Response {
  if (random.chance(0.97)) return Response.json({ rate_by_service: {} });
  const answers: readonly (() => Response)[] = [
    () => new Response('no', { status: 400 }),
    () => new Response('no', { status: 401 }),
    () => new Response('no', { status: 413 }),
    () => new Response('no', { status: 429, headers: { 'retry-after': random.pick(['1', '99999999999', 'soon', '-1']) } }),
    () => new Response('x'.repeat(200_000), { status: 500 }),
    () => new Response(null, { status: 503 }),
    () => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } }),
    () => {
      throw new TypeError(`fetch failed with ${canaryKey}`);
    },
  ];
  return random.pick(answers)();
}
