import type { DatadogChunk } from '../datadog/datadog-span.ts';
import type { EnvelopeLine } from '../export/envelope.ts';
import { createUserAgentReader } from './user-agent.ts';

/** What a proxy may add to the first span of every trace in a batch. */
export interface EnrichOptions {
  /** `edgespan.received_at` (ISO 8601) and `edgespan.clock_skew_ms`: receive time less `sentAt`, so with the way in between. */
  readonly clock?: boolean;
  /**
   * `user_agent.original` of the request and what it gives away: `user_agent.name`, `.version`, `.os.name`, `.os.version`. Not where the
   * span says another `user_agent.original`.
   */
  readonly userAgent?: boolean;
  /** On Cloudflare: `cloudflare.colo`, `client.geo.country_iso_code`, `client.as.number`. */
  readonly cloudflare?: boolean;
  /** `client.address`. Personal data in many countries. */
  readonly address?: boolean;
}

/** What is known of a request beside its batch. */
export interface EnrichFacts {
  readonly request: Request;
  readonly line: EnvelopeLine;
  readonly address: string | undefined;
  readonly nowMillis: number;
}

/** Adds tags to the first span of every chunk, in place; what the sender said stays. Never throws. */
export type Enrich = (chunks: readonly DatadogChunk[], facts: EnrichFacts) => void;

/** Makes what adds the tags that the options name. */
export function createEnrich(options: EnrichOptions): Enrich {
  const readUserAgent = options.userAgent ? createUserAgentReader() : undefined;
  return (chunks, { request, line, address, nowMillis }) => {
    const meta: Record<string, string> = {};
    const metrics: Record<string, number> = {};
    if (options.clock) {
      meta['edgespan.received_at'] = new Date(nowMillis).toISOString();
      metrics['edgespan.clock_skew_ms'] = nowMillis - line.sentAt;
    }
    if (options.address && address !== undefined) meta['client.address'] = address;
    if (options.cloudflare) {
      const { colo, country, asn } = (request as { cf?: Record<string, unknown> }).cf ?? {};
      if (typeof colo === 'string') meta['cloudflare.colo'] = colo;
      if (typeof country === 'string') meta['client.geo.country_iso_code'] = country;
      if (typeof asn === 'number') metrics['client.as.number'] = asn;
    }
    const agent = readUserAgent?.(request.headers.get('user-agent') ?? '') ?? {};
    for (const [first] of chunks) {
      if (first === undefined) continue;
      const said = first.meta['user_agent.original'];
      // A server's span may say whom it served: that one's name must not be the sender's.
      const isSame = said === undefined || said === agent['user_agent.original'];
      for (const [key, value] of Object.entries(isSame ? { ...meta, ...agent } : meta)) first.meta[key] ??= value;
      for (const [key, value] of Object.entries(metrics)) first.metrics[key] ??= value;
    }
  };
}
