import type { TextMapPropagator } from '@opentelemetry/api';
import { matchUrl, type UrlPattern } from '../http-request.ts';

/** Where a trace's headers may go besides the page's own origin; `propagators` replaces the registered one there. */
export type AllowedTracingUrl = UrlPattern | { readonly match: UrlPattern; readonly propagators: readonly TextMapPropagator[] };

interface DatadogRum {
  getInitConfiguration?(): { allowedTracingUrls?: (UrlPattern | { match: UrlPattern })[] } | undefined;
}

/** What relative URLs of this page or worker stand on. */
export function pageBase(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

/**
 * Headers go to the page's own origin and where they are allowed, for elsewhere they would make the browser ask first and break
 * other people's CORS set-ups; not where Datadog RUM traces the URL itself.
 */
export function propagateFromPage(allowed: readonly AllowedTracingUrl[] | undefined, url: URL): boolean | readonly TextMapPropagator[] {
  const rum = (globalThis as { DD_RUM?: DatadogRum }).DD_RUM?.getInitConfiguration?.()?.allowedTracingUrls;
  // RUM takes a string for the beginning of a URL, letter by letter.
  if (rum?.some((entry) => ownsUrl(patternOf(entry), url.href))) return false;
  for (const entry of allowed ?? []) {
    if (matchUrl(patternOf(entry), url.href, pageBase()))
      return (entry as { propagators?: readonly TextMapPropagator[] }).propagators ?? true;
  }
  return url.origin === globalThis.location?.origin;
}

function ownsUrl(pattern: UrlPattern, href: string): boolean {
  return typeof pattern === 'string' ? href.startsWith(pattern) : matchUrl(pattern, href);
}

// Strings have a `match` too.
function patternOf(entry: UrlPattern | { readonly match: UrlPattern }): UrlPattern {
  return typeof entry === 'object' && 'match' in entry ? entry.match : entry;
}
