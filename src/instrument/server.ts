import { type Attributes, type Context, propagation, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { recordStatus } from './failure.ts';
import type { Guard } from './guard.ts';
import { type HeaderTags, tagHeaders } from './header-tags.ts';
import { describeRequest, type HttpSpanOptions, matchesUrl, type SpanHook } from './http-request.ts';
import { runSpan } from './run-span.ts';
import { formatServerTiming, removeServerTiming } from './server-timing.ts';

/** How the spans of a server look. */
export interface ServerOptions extends HttpSpanOptions {
  requestHook?: SpanHook<Request>;
  responseHook?: SpanHook<Response>;
  /** Names the span in the response's `Server-Timing`, to which browsers link. Default true. */
  serverTiming?: boolean;
  /** Tags from headers of requests and responses, or what gives them at each request. */
  headerTags?: HeaderTags | (() => HeaderTags | undefined);
}

/** What stands around one request. */
export interface ServerCall {
  readonly tracer: Tracer;
  readonly guard: Guard;
  readonly options: ServerOptions;
  /** The remote parent is extracted into it. */
  readonly context: Context;
  /** What the host knows beyond the request. */
  readonly attributes?: Attributes;
  /** Where the options say none. */
  readonly headerTags?: HeaderTags | undefined;
  readonly onEnd?: () => void;
}

// Semantic conventions for HTTP, `http.request.method`.
const knownMethods = /^(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE)$/;

const headersGetter = {
  get: (headers: Headers, key: string): string | undefined => headers.get(key) ?? undefined,
  keys: (headers: Headers): string[] => [...headers.keys()],
};

/**
 * Runs `next`, which answers `request`, below a SERVER span that ends when the response's headers are known; the body streams on
 * untouched. An exception is recorded and goes on to the host. Never throws by itself.
 */
export function serveRequest<T>(call: ServerCall, request: Request, next: () => T): T {
  const { guard, options, attributes, onEnd } = call;
  const started = guard('starting a server span', () => startServerSpan(call, request));
  if (!started) return runSpan(guard, undefined, call.context, next, { onEnd });
  const { span, active } = started;
  guard('attributes', () => attributes && span.setAttributes(attributes));
  const headerTags = guard('headerTags', () => {
    const { headerTags: tags = call.headerTags } = options;
    const found = typeof tags === 'function' ? tags() : tags;
    tagHeaders(span, request.headers, found, 'request');
    return found;
  });
  guard('requestHook', () => options.requestHook?.(span, request));
  return runSpan(guard, span, active, next, {
    onEnd,
    onValue(value) {
      const response = value as Response | undefined;
      if (typeof response?.status !== 'number') return undefined;
      // Semantic conventions for HTTP: on a server 4xx is the client's error.
      recordStatus(span, response.status, 500);
      guard('headerTags', () => tagHeaders(span, response.headers, headerTags, 'response'));
      guard('responseHook', () => options.responseHook?.(span, response));
      return (options.serverTiming === false ? response : nameSpan(response, span)) as typeof value;
    },
  });
}

function startServerSpan({ tracer, options, context }: ServerCall, request: Request): { span: Span; active: Context } | undefined {
  const url = new URL(request.url);
  if (matchesUrl(options.ignoreUrls, url.href, url.origin)) return undefined;
  const upper = request.method.toUpperCase();
  const isKnown = knownMethods.test(upper);
  const [name, attributes] = describeRequest({ method: isKnown ? upper : 'HTTP', url }, options);
  // What strangers send stays out of names.
  if (!isKnown) attributes['http.request.method'] = '_OTHER';
  if (upper !== request.method || !isKnown) attributes['http.request.method_original'] = request.method;
  attributes['url.path'] = url.pathname;
  attributes['url.scheme'] = url.protocol.slice(0, -1);
  if (options.urlQuery && url.search) attributes['url.query'] = url.search.slice(1);
  const userAgent = request.headers.get('user-agent');
  if (userAgent) attributes['user_agent.original'] = userAgent;
  const parent = propagation.extract(context, request.headers, headersGetter);
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  return { span, active: trace.setSpan(parent, span) };
}

/** The response with the span's name in it: the same object, or a new head on the same body where the head cannot be written. */
function nameSpan(response: Response, span: Span): Response {
  const spanContext = span.spanContext();
  // Status 0 is a network error, 101 a WebSocket: neither can be made anew. `webSocket` is workerd's.
  if (!trace.isSpanContextValid(spanContext) || response.status < 200 || (response as { webSocket?: unknown }).webSocket) return response;
  const timing = response.headers.get('server-timing') ?? '';
  const others = removeServerTiming(timing);
  if (others === timing) {
    try {
      response.headers.append('server-timing', formatServerTiming(spanContext));
      return response;
    } catch {
      // Immutable: the answer of a `fetch`, or `Response.redirect()`.
    }
  }
  // One that names a span already has passed another instrumented server, or is an object that the host answers with again and again.
  const named = new Response(response.body, response);
  named.headers.set('server-timing', `${others && `${others}, `}${formatServerTiming(spanContext)}`);
  return named;
}
