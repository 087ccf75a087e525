import { applyAgentLimits } from '../datadog/agent-limits.ts';
import { applyCountLimits } from '../datadog/count-limits.ts';
import type { DatadogChunk, DatadogSpan } from '../datadog/datadog-span.ts';
import { completeFirstSpan, isIdTag, restrictPageTags } from '../datadog/page-tags.ts';
import { readEvents } from '../datadog/read-events.ts';
import { fitsSpanSize } from '../datadog/span-size.ts';
import type { RedactValue } from '../redact/redact.ts';
import type { AuthGrant, ProxyConfig } from './options.ts';

/** What of a proxy's options says how spans are prepared. */
export type PrepareOptions = Pick<ProxyConfig, 'redact' | 'redactServers'>;

/**
 * Makes spans what may be handed on, in place: internal tags by a closed list and secrets taken out, both not of a server's token unless
 * `redactServers` says so; service, env and version as the token says; everything within OpenTelemetry's and an Agent's limits. Events and links are typed
 * afterwards. Spans above 256 KiB are left out, chunks that are then empty too. Never throws.
 *
 * @returns how many spans were left out.
 */
export function prepare(chunks: DatadogChunk[], grant: AuthGrant, { redact, redactServers }: PrepareOptions): number {
  const clean = grant.isServer && !redactServers ? undefined : redact;
  let leftOut = 0;
  let count = 0;
  for (const chunk of chunks) {
    if (grant.isServer) completeFirstSpan(chunk);
    else restrictPageTags(chunk, grant.service);
    const kept = chunk.filter((span) => {
      applyCountLimits(readEvents(span));
      if (clean !== undefined) redactSpan(span, clean);
      hold(span, grant);
      return fitsSpanSize(span, applyAgentLimits(span));
    });
    if (kept.length < chunk.length) {
      leftOut += chunk.length - kept.length;
      // The first span of every chunk carries the trace's tags.
      if (kept[0] !== undefined) completeFirstSpan([kept[0], chunk[0]!]);
    }
    if (kept.length > 0) chunks[count++] = kept;
  }
  chunks.length = count;
  return leftOut;
}

/** Service, env and version are the token's. */
function hold(span: DatadogSpan, { service, env, version }: AuthGrant): void {
  if (service !== undefined) span.service = service;
  if (env !== undefined) span.meta['env'] = env;
  if (version !== undefined) span.meta['version'] = version;
}

function redactSpan(span: DatadogSpan, redact: RedactValue): void {
  span.service = redact('service', span.service);
  span.name = redact('name', span.name);
  span.resource = redact('resource', span.resource);
  span.type = redact('type', span.type);
  redactValues(span.meta, redact);
  for (const event of span.events ?? []) {
    event.name = redact('name', event.name);
    if (event.attributes !== undefined) redactValues(event.attributes, redact);
  }
  for (const link of span.links ?? []) {
    if (link.traceState !== undefined) link.traceState = redact('tracestate', cutTraceState(link.traceState));
    if (link.attributes !== undefined) redactValues(link.attributes, redact);
  }
}

/** Characters of a trace state that everybody must carry on. @see https://www.w3.org/TR/trace-context/#tracestate-limits */
const maxTraceStateLength = 512;

/** As many whole members as are within the limit. */
function cutTraceState(text: string): string | undefined {
  if (text.length <= maxTraceStateLength) return text;
  return text.slice(0, Math.max(0, text.lastIndexOf(',', maxTraceStateLength))) || undefined;
}

function redactValues<T>(values: Record<string, T>, redact: RedactValue): void {
  for (const key of Object.keys(values)) {
    if (isIdTag(key)) continue;
    const value = values[key]!;
    const clean = redact(key, value);
    if (clean !== value) values[key] = clean;
  }
}
