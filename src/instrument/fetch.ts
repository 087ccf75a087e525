import {
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Guard } from './guard.ts';
import { describeRequest, type HttpRequest, type HttpSpanOptions, matchesUrl, type SpanHook } from './http-request.ts';
import { recordFailure, runSpan } from './run-span.ts';
import { parseServerTiming } from './server-timing.ts';

/** How the spans of outgoing requests look. */
export interface ClientOptions<Response> extends HttpSpanOptions {
  requestHook?: SpanHook<HttpRequest>;
  responseHook?: SpanHook<Response>;
}

/** What stands around outgoing requests on one host. */
export interface ClientTools<Response> {
  readonly guard: Guard;
  tracer(): Tracer;
  options(): ClientOptions<Response>;
  /** What relative URLs are resolved against. */
  base(): string | undefined;
  /** Whether the trace's headers may go to this URL: by the registered propagator, by others, or not at all. */
  propagate(url: URL): boolean | readonly TextMapPropagator[];
  /** Only below a span that is active. */
  readonly needsParent?: boolean;
}

/** A request under way. */
export interface ClientCall {
  readonly span: Span;
  readonly context: Context;
  /** To be set on the request, may be empty. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The one core under every host's outgoing requests: starts a CLIENT span, names it, and makes the headers where the URL may have them.
 * Undefined where the request is none of ours: not HTTP, ignored, or traffic of a tracer.
 */
export function startClientCall(tools: ClientTools<never>, method: string, address: string): ClientCall | undefined {
  const parent = context.active();
  // `suppressTracing` of @opentelemetry/core: exporters, ours too, run below it.
  if (parent.getValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'))) return undefined;
  if (tools.needsParent && !trace.getSpan(parent)) return undefined;
  const options = tools.options();
  const base = tools.base();
  const url = new URL(address, base);
  if (!/^https?:/.test(url.protocol) || matchesUrl(options.ignoreUrls, url, base)) return undefined;
  const request: HttpRequest = { method, url };
  const { name, attributes } = describeRequest(request, options);
  attributes['url.full'] = url.origin + url.pathname + (options.urlQuery ? url.search : '');
  const span = tools.tracer().startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
  tools.guard('requestHook', () => options.requestHook?.(span, request));
  const active = trace.setSpan(parent, span);
  return { span, context: active, headers: tools.guard('injecting headers', () => inject(active, span, tools.propagate(url))) ?? {} };
}

function inject(active: Context, span: Span, how: boolean | readonly TextMapPropagator[]): Record<string, string> {
  const headers: Record<string, string> = {};
  if (!how) return headers;
  // First in any case, for it is what decides whether the trace is kept and whether one that is not may be passed on.
  propagation.inject(active, headers);
  if (how === true) return headers;
  const others: Record<string, string> = {};
  const mayPass = span.spanContext().traceFlags & 1 || Object.keys(headers).length > 0;
  const set = (carrier: Record<string, string>, key: string, value: string): void => {
    carrier[key] = value;
  };
  if (mayPass) for (const propagator of how) propagator.inject(active, others, { set });
  return others;
}

/** Runs the host's own call with the span active and ends it when `T`, or its promise, is there. */
export function runClientCall<T>(
  guard: Guard,
  { span, context: active }: ClientCall,
  run: () => T,
  onValue: (value: Awaited<T>) => void,
): T {
  return runSpan(guard, span, active, run, {
    onValue: (value) => void onValue(value),
    onError: (error) => failClientCall(span, error),
  });
}

/** Status, link and hook of an answer. `serverTiming` is the header, where it may be read. */
export function answerClientCall<R>(tools: ClientTools<R>, span: Span, status: number, response: R, serverTiming?: string | null): void {
  // 0: an opaque answer, about which nothing is told.
  if (status) span.setAttribute('http.response.status_code', status);
  if (status >= 400) {
    span.setAttribute('error.type', String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  const link = parseServerTiming(serverTiming);
  if (link) span.addLink?.({ context: link });
  tools.guard('responseHook', () => tools.options().responseHook?.(span, response));
}

/** What the application gave up itself is said, but is no error. */
export function failClientCall(span: Span, error: unknown): void {
  if ((error as Error | undefined)?.name === 'AbortError') span.setAttribute('error.type', 'AbortError');
  else recordFailure(span, error);
}
