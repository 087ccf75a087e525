import type { DatadogChunk, DatadogSpan } from '../datadog/datadog-span.ts';
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
  /** Whose word of where it stands is believed. */
  readonly isServer: boolean;
  readonly nowMillis: number;
}

/**
 * Adds tags to the first span of every chunk, in place. What a server said stays. What a page says of these facts is true after it or gone,
 * on every span; the user agent apart, which a sender chooses in its header as well. Never throws.
 */
export type Enrich = (chunks: readonly DatadogChunk[], facts: EnrichFacts) => void;

/** Facts by their tags: undefined where not known. */
type Facts = Readonly<Record<string, string | number | undefined>>;

/** Makes what adds the tags that the options name. */
export function createEnrich(options: EnrichOptions): Enrich {
  const readUserAgent = options.userAgent ? createUserAgentReader() : undefined;

  const factsOf = ({ request, line, address, nowMillis }: EnrichFacts): Facts => {
    const { colo, country, asn } = (request as { cf?: Record<string, unknown> }).cf ?? {};
    return {
      ...(options.clock && {
        'edgespan.received_at': new Date(nowMillis).toISOString(),
        'edgespan.clock_skew_ms': nowMillis - line.sentAt,
      }),
      ...(options.address && { 'client.address': address }),
      ...(options.cloudflare && {
        'cloudflare.colo': typeof colo === 'string' ? colo : undefined,
        'client.geo.country_iso_code': typeof country === 'string' ? country : undefined,
        'client.as.number': typeof asn === 'number' ? asn : undefined,
      }),
    };
  };

  return (chunks, known) => {
    const facts = Object.entries(factsOf(known));
    const agent = Object.entries(readUserAgent?.(known.request.headers.get('user-agent') ?? '') ?? {});
    for (const chunk of chunks) {
      if (!known.isServer) for (const span of chunk) for (const [key] of facts) remove(span, key);
      const [first] = chunk;
      if (first === undefined) continue;
      for (const [key, value] of facts) add(first, key, value);
      const said = first.meta['user_agent.original'];
      // A server's span may say whom it served: that one's name must not be the sender's.
      if (said === undefined || said === agent.find(([key]) => key === 'user_agent.original')?.[1]) {
        for (const [key, value] of agent) add(first, key, value);
      }
    }
  };
}

function add({ meta, metrics }: DatadogSpan, key: string, value: string | number | undefined): void {
  if (value === undefined || key in meta || key in metrics) return;
  if (typeof value === 'number') metrics[key] = value;
  else meta[key] = value;
}

function remove({ meta, metrics }: DatadogSpan, key: string): void {
  if (key in meta) delete meta[key];
  if (key in metrics) delete metrics[key];
}
