import type { DatadogChunk, DatadogSpan } from '../../datadog/datadog-span.ts';
import { parentIdOf, spanIdOf, traceIdOf } from '../../datadog/hex-ids.ts';
import { printNanos, wellFormed } from '../../datadog/print-json.ts';
import { fetchUpstream, outcomeOf, outcomeOfError } from './fetch-upstream.ts';
import { inParts } from './in-parts.ts';
import { printedTags } from './printed-tags.ts';
import type { IntakeBatch, Upstream } from './upstream.ts';

/** Options of `datadogUpstream`. */
export interface DatadogUpstreamOptions {
  /** An API key. Stays in this function; no message shows it. */
  readonly apiKey: string;
  /** Default `datadoghq.com`. */
  readonly site?: string;
  /** Must be true: Datadog documents this intake for its own libraries only, and may change it. */
  readonly unstable: boolean;
  /** For tests: where to send instead of the site's intake. https, or http on this machine. */
  readonly url?: string;
  /** Takes the warning. Default `console.warn`. */
  readonly warn?: (message: string) => void;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Hands batches on to Datadog's own JSON intake for spans, without an Agent, by API key. Written after the bytes that
 * `@datadog/libdatadog` sends; never run against Datadog. Prefer an Agent, or Datadog's OTLP intake.
 *
 * @throws TypeError where `unstable` is not true, the key is empty or the site is none.
 */
export function datadogUpstream(options: DatadogUpstreamOptions): Upstream {
  const { apiKey, site = 'datadoghq.com', warn = (message) => console.warn(message) } = options;
  const fail = (rule: string): never => {
    throw new TypeError(`Cannot create a Datadog upstream as ${rule}`);
  };
  if (options.unstable !== true) fail('`unstable` must be true, for this intake is not documented: current value is not');
  if (typeof apiKey !== 'string' || !/^[\x21-\x7e]{8,128}$/.test(apiKey)) fail('`apiKey` must be a key: current value is none');
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(site)) fail(`\`site\` must be a host like datadoghq.eu: current value is ${site}`);
  const base = options.url === undefined ? `https://${intakeHost(site)}` : testUrl(options.url, fail);
  warn('edgespan: datadogUpstream uses an intake that Datadog does not document; it may change without notice.');
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);

  const encoder = new TextEncoder();

  return inParts(
    (chunks, line) => encoder.encode(wellFormed(`{"traces":[${chunks.map((chunk) => printTrace(chunk, line)).join()}]}`)),
    async (body, chunks, line, signal) => {
      const headers = {
        'Content-Type': 'application/json',
        'DD-API-KEY': apiKey,
        'X-Datadog-Trace-Count': `${chunks.length}`,
        'Datadog-Meta-Lang': 'javascript',
        'Datadog-Meta-Tracer-Version': line.tracer.replace(/[^\w.+-]/g, '').slice(0, 50) || '0',
      };
      try {
        return outcomeOf(await fetchUpstream(fetch, `${base}/api/v2/spans`, { method: 'POST', headers, body, signal }));
      } catch {
        return outcomeOfError(signal);
      }
    },
  );
}

/** @see dd-trace-js packages/dd-trace/src/exporters/agentless/intake.js */
export function intakeHost(site: string): string {
  if (site === 'datadoghq.com') return 'public-trace-http-intake.logs.datadoghq.com';
  if (site === 'datadoghq.eu') return 'public-trace-http-intake.logs.datadoghq.eu';
  if (site === 'us3.datadoghq.com' || site === 'us5.datadoghq.com') return `trace.browser-intake-${site.slice(0, 3)}-datadoghq.com`;
  const end = site.lastIndexOf('.');
  return `browser-intake-${site.slice(0, end).replaceAll('.', '-')}${site.slice(end)}`;
}

function testUrl(url: string, fail: (rule: string) => never): string {
  const isGood = URL.canParse(url) && /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])/.test(`${url}/`);
  return isGood ? url.replace(/\/+$/, '') : fail('`url` must be https, or http on this machine: current value is not');
}

function printTrace(chunk: DatadogChunk, line: IntakeBatch['line']): string {
  const facts = {
    hostname: '',
    env: chunk[0]?.meta['env'] ?? line.env,
    languageName: 'javascript',
    languageVersion: '',
    tracerVersion: line.tracer,
    runtimeID: line.client,
  };
  const traceId = traceIdOf(chunk).slice(16);
  const spans = chunk.map((span, index) => printSpan(span, traceId, index === 0));
  return `${JSON.stringify(facts).slice(0, -1)},"spans":[${spans.join()}]}`;
}

/** Ids as 16 hex digits, times as bare integers, events and links as tags, no empty type. The first span asks for trace metrics. */
function printSpan(span: DatadogSpan, traceId: string, isFirst: boolean): string {
  const parentId = parentIdOf(span);
  const { meta, metrics } = printedTags(span);
  if (isFirst) meta['_dd.compute_stats'] = '1';
  if (span.metrics['_dd.top_level'] === 1 || parentId === '') metrics['_top_level'] = 1;
  if (parentId === '') metrics['_trace_root'] = 1;
  const head = { trace_id: traceId, span_id: spanIdOf(span), parent_id: parentId || '0'.repeat(16) };
  const { name, resource, service, error, type } = span;
  return (
    `${JSON.stringify({ ...head, name, resource, service, error }).slice(0, -1)},"start":${printNanos(span.startSeconds, span.startNanos)},` +
    `"duration":${printNanos(span.durationSeconds, span.durationNanos)},${JSON.stringify({ ...(type && { type }), meta, metrics }).slice(1)}`
  );
}
