import type { Attributes, Span } from '@opentelemetry/api';

/** What is known of a request before it runs. */
export interface HttpRequest {
  /** As the caller wrote it. */
  readonly method: string;
  readonly url: URL;
}

/** What client and server spans have in common. */
export interface HttpSpanOptions {
  /**
   * Names the span, which is the resource in Datadog: keep it of low cardinality. Default: method and path, each segment with a digit
   * in it (version segments like `v2` apart) replaced by `?`, without query, as Datadog's tracers do.
   */
  resourceName?: (request: HttpRequest) => string;
  /** Requests that get no span. A string is the beginning of a URL, resolved against the page's. */
  ignoreUrls?: readonly UrlPattern[];
  /** Keeps the query in the URL attributes. Default false, as queries carry secrets; user names, passwords and fragments never stay. */
  urlQuery?: boolean;
}

/** The beginning of a URL, an expression, or a question about the whole URL. */
export type UrlPattern = string | RegExp | ((url: string) => boolean);

/** Called with the span and what the host was given. What it throws is reported once and goes no further. */
export type SpanHook<T> = (span: Span, subject: T) => void;

// Semantic conventions for HTTP 1.23 and later, `http.request.method`: anything else is `_OTHER`.
const knownMethods = /^(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE)$/;

/** Name and attributes that client and server spans share. */
export function describeRequest(request: HttpRequest, options: HttpSpanOptions): { name: string; attributes: Attributes } {
  const { method, url } = request;
  const upper = method.toUpperCase();
  const isKnown = knownMethods.test(upper);
  return {
    // dd-trace-java, SimpleHttpPathNormalizer: segments with digits become `?`, versions stay.
    name: options.resourceName?.(request) ?? `${isKnown ? upper : 'HTTP'} ${url.pathname.replace(/\/(?!v\d+(\/|$))[^/]*\d[^/]*/gi, '/?')}`,
    attributes: {
      'http.request.method': isKnown ? upper : '_OTHER',
      ...(upper !== method || !isKnown ? { 'http.request.method_original': method } : {}),
      'server.address': url.hostname,
      'server.port': +url.port || (url.protocol === 'http:' ? 80 : 443),
    },
  };
}

/** Whether one of the patterns fits. `base` is what relative strings are resolved against. Throws where a string is no URL. */
export function matchesUrl(patterns: readonly UrlPattern[] | undefined, url: URL, base?: string): boolean {
  return patterns?.some((pattern) => matchUrl(pattern, url.href, base)) ?? false;
}

/** A string that names an origin matches that origin and not a host which begins alike, as `new URL` closes it with a slash. */
export function matchUrl(pattern: UrlPattern, href: string, base?: string): boolean {
  if (typeof pattern === 'string') return href.startsWith(new URL(pattern, base).href);
  // `search` neither reads nor moves `lastIndex`, so an expression with the flag `g` gives the same answer each time.
  return typeof pattern === 'function' ? pattern(href) : href.search(pattern) >= 0;
}
