import type { Attributes, Span } from '@opentelemetry/api';

/** What is known of a request before it runs. */
export interface HttpRequest {
  /** In upper case; `HTTP` where a server does not know it. */
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

/** Name and attributes that client and server spans share. */
export function describeRequest(request: HttpRequest, options: HttpSpanOptions): [name: string, attributes: Attributes] {
  const { method, url } = request;
  return [
    // dd-trace-java, SimpleHttpPathNormalizer: segments with digits become `?`, versions stay.
    options.resourceName?.(request) ?? `${method} ${url.pathname.replace(/\/(?!v\d+(\/|$))[^/]*\d[^/]*/gi, '/?')}`,
    {
      'http.request.method': method,
      // Beside the server's own path and scheme it is what Datadog calls `http.url`.
      'url.full': url.origin + url.pathname + (options.urlQuery ? url.search : ''),
      'server.address': url.hostname,
      'server.port': +url.port || (url.protocol === 'http:' ? 80 : 443),
    },
  ];
}

/** Whether one of the patterns fits. `base` is what relative strings are resolved against. Throws where a string is no URL. */
export function matchesUrl(patterns: readonly UrlPattern[] | undefined, href: string, base?: string): boolean | undefined {
  return patterns?.some((pattern) =>
    typeof pattern === 'function'
      ? pattern(href)
      : typeof pattern === 'string'
        ? // One that names an origin does not match a host which begins alike, as `new URL` closes it with a slash.
          href.startsWith(new URL(pattern, base).href)
        : // `search` neither reads nor moves `lastIndex`, so an expression with the flag `g` gives the same answer each time.
          href.search(pattern) >= 0,
  );
}
