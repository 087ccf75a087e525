import type { EnvelopeLine } from '../export/envelope.ts';
import { maxInflatedBytes, maxRequestSpans } from '../trace/limits.ts';
import type { AuthGrant, ProxyConfig } from './options.ts';

/** The code of a refusal, or what the sender may do. */
export type Judgement = { readonly code: string; readonly grant?: undefined } | { readonly code?: undefined; readonly grant: AuthGrant };

/** What can be said from the request's head: an origin is a filter, not a proof. Undefined where nothing speaks against it. */
export function judgeOrigin(origin: string | null, config: ProxyConfig): string | undefined {
  if (origin !== null) return config.allowOrigins.has(origin) ? undefined : 'origin_not_allowed';
  return config.auth === 'none' && !config.allowServers ? 'server_not_allowed' : undefined;
}

/** What can be said from the line alone: whether what it announces may be taken. */
export function judgeSizes(line: EnvelopeLine, payloadBytes: number): string | undefined {
  if (line.raw > maxInflatedBytes) return 'raw_too_large';
  if (line.spans > maxRequestSpans) return 'too_many_spans';
  if (line.spans === 0) return 'no_spans';
  return line.enc === 'identity' && line.raw !== payloadBytes ? 'raw_mismatch' : undefined;
}

/** What can be said from the line, before anything is inflated: sizes, then who sends. Rejects with what `auth` throws. */
export async function judgeLine(request: Request, line: EnvelopeLine, payloadBytes: number, { auth }: ProxyConfig): Promise<Judgement> {
  const code = judgeSizes(line, payloadBytes);
  if (code !== undefined) return { code };
  if (auth === 'none') return { grant: {} };
  const verdict = await auth(request, line);
  if (verdict === false) return { code: 'unauthorized' };
  return { grant: verdict === true ? {} : verdict };
}

/** What a payload's first bytes give away: gzip that something on the way decoded as text has U+FFFD for its second byte. */
export function judgePayloadStart(line: EnvelopeLine, payload: Uint8Array): string | undefined {
  if (line.enc !== 'gzip') return undefined;
  if (payload[0] === 0x1f && payload[1] === 0x8b) return undefined;
  return payload[0] === 0x1f && payload[1] === 0xef && payload[2] === 0xbf && payload[3] === 0xbd ? 'mangled_body' : 'bad_gzip';
}
