import { decodeTraces, isRefusal } from '../../../src/datadog/decode.ts';
import { agentUrl, canaryKey, otlpUrl, viewerUrl } from './proxies.ts';

/** What goes out of a proxy. */
export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly redirect: string | undefined;
}

/** What an upstream says to it; `gone`: nothing, the connection breaks. */
export type UpstreamAnswer =
  | 'gone'
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

const allowedUrls: readonly string[] = [
  `${agentUrl}/info`,
  `${agentUrl}/v0.4/traces`,
  `${otlpUrl}/v1/traces`,
  `${viewerUrl}/t`,
  'https://public-trace-http-intake.logs.datadoghq.com/api/v2/spans',
];
const forwardPaths = /^\/api\/v2\/(rum|logs|replay|profile)$/;
const forwardKeys =
  /^(ddsource|dd-api-key|dd-evp-(origin|origin-version|encoding)|dd-request-id|batch_time|_dd\.(api|retry_count|retry_after))$/;
/** What a proxy may say to an upstream. Nothing of it comes from a client but the tracer's version, cleaned. */
const allowedHeaders =
  /^(content-type|content-encoding|accept|dd-api-key|x-datadog-trace-count|datadog-client-computed-(stats|top-level)|datadog-meta-(lang|lang-version|lang-interpreter|tracer-version)|datadog-send-real-http-status)$/;

/** All that an upstream may say. */
export const upstreamAnswers: readonly [UpstreamAnswer, ...UpstreamAnswer[]] = [
  { status: 200, body: '{"rate_by_service":{}}', headers: { 'content-type': 'application/json' } },
  { status: 400, body: 'no' },
  { status: 401, body: 'no' },
  { status: 413, body: 'no' },
  { status: 415, body: 'no' },
  { status: 429, body: 'no', headers: { 'retry-after': '1' } },
  { status: 429, body: 'no', headers: { 'retry-after': '99999999999' } },
  { status: 429, body: 'no', headers: { 'retry-after': 'soon' } },
  { status: 429, body: 'no', headers: { 'retry-after': '-1' } },
  { status: 500, body: 'x'.repeat(200_000) },
  { status: 503, body: '' },
  { status: 302, body: '', headers: { location: 'http://169.254.169.254/' } },
  'gone',
];

/** What an Agent may say when it is asked what it takes. */
export const infoAnswers: readonly [UpstreamAnswer, ...UpstreamAnswer[]] = [
  { status: 200, body: '{"span_events":true}' },
  { status: 200, body: 'no' },
  { status: 404, body: '{"span_events":true}' },
];

export const isInfo = (url: string): boolean => url === `${agentUrl}/info`;

/** What may not go out: another address, header, a key, what an Agent would refuse. */
export function faultsOf({ url, headers, body, redirect }: OutgoingRequest): string[] {
  const faults: string[] = [];
  const isForward = isForwardUrl(url);
  if (!isForward && !allowedUrls.includes(url)) faults.push(`fetch of ${url}`);
  if (redirect !== 'manual') faults.push(`redirect is ${redirect}`);
  for (const [name, value] of headers) {
    if (!allowedHeaders.test(name)) faults.push(`header ${name} to ${url}`);
    if (value.includes(canaryKey) !== (name === 'dd-api-key')) faults.push(`key in ${name}`);
  }
  if (!isForward && !isInfo(url)) faults.push(...faultsOfBody(url, headers.get('content-type'), body));
  return faults;
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

/** By a plan, `answer-info`: the same for the same request, whoever asks and whenever. */
export function answerOf(url: string, plan: string): UpstreamAnswer {
  const [answer, info] = plan.split('-').map(Number);
  return isInfo(url) ? (infoAnswers[info ?? 0] ?? infoAnswers[0]) : (upstreamAnswers[answer ?? 0] ?? upstreamAnswers[0]);
}
