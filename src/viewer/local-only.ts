import { isLoopback } from '../proxy/upstream/upstream-url.ts';

/**
 * Whether a request may be answered: this machine's own pages and programs only. The host must be a name of this machine, or a name that
 * some site made point here could read everything; an origin must be one of this machine's or one that was allowed; and no other
 * site's page may embed or load an answer.
 */
export function isLocal(request: Request, allowOrigins: ReadonlySet<string>): boolean {
  if (!isLoopback(new URL(request.url).hostname)) return false;
  const origin = request.headers.get('origin');
  if (origin !== null) return isLocalOrigin(origin, allowOrigins);
  const site = request.headers.get('sec-fetch-site');
  return site !== 'cross-site' || request.headers.get('sec-fetch-mode') === 'navigate';
}

/** Whether a page may read answers. */
export function isLocalOrigin(origin: string, allowOrigins: ReadonlySet<string>): boolean {
  if (allowOrigins.has(origin)) return true;
  return /^https?:\/\//.test(origin) && URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}
