import type { DatadogChunk } from '../datadog/datadog-span.ts';
import type { EnvelopeLine } from '../export/envelope.ts';

/** What a proxy may add to the first span of every trace in a batch. */
export interface EnrichOptions {
  /** `edgespan.received_at` (ISO 8601) and `edgespan.clock_skew_ms`: receive time less `sentAt`, so with the way in between. */
  readonly clock?: boolean;
  /** `user_agent.original` of the request, where the span does not say one. */
  readonly userAgent?: boolean;
  /** On Cloudflare: `cloudflare.colo`, `client.geo.country_iso_code`, `client.as.number`. */
  readonly cloudflare?: boolean;
  /** `client.address`. Personal data in many countries. */
  readonly address?: boolean;
}

/** Adds tags to the first span of every chunk, in place; what the sender said stays. Never throws. */
export function enrich(
  chunks: readonly DatadogChunk[],
  options: EnrichOptions,
  facts: { readonly request: Request; readonly line: EnvelopeLine; readonly address: string | undefined; readonly nowMillis: number },
): void {
  const { request, line, address, nowMillis } = facts;
  const meta: Record<string, string> = {};
  const metrics: Record<string, number> = {};
  if (options.clock) {
    meta['edgespan.received_at'] = new Date(nowMillis).toISOString();
    metrics['edgespan.clock_skew_ms'] = nowMillis - line.sentAt;
  }
  const agent = request.headers.get('user-agent');
  if (options.userAgent && agent !== null) meta['user_agent.original'] = agent.slice(0, 500);
  if (options.address && address !== undefined) meta['client.address'] = address;
  if (options.cloudflare) {
    const { colo, country, asn } = (request as { cf?: Record<string, unknown> }).cf ?? {};
    if (typeof colo === 'string') meta['cloudflare.colo'] = colo;
    if (typeof country === 'string') meta['client.geo.country_iso_code'] = country;
    if (typeof asn === 'number') metrics['client.as.number'] = asn;
  }
  for (const [first] of chunks) {
    if (first === undefined) continue;
    for (const [key, value] of Object.entries(meta)) first.meta[key] ??= value;
    for (const [key, value] of Object.entries(metrics)) first.metrics[key] ??= value;
  }
}
