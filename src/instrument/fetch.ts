import { type Context, context, type SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { recordFailure, recordStatus } from './failure.ts';
import type { Guard } from './guard.ts';
import { describeRequest, type HttpRequest, type HttpSpanOptions, matchesUrl, type SpanHook } from './http-request.ts';
import { parseServerTiming } from './server-timing.ts';

// The API's own would be loaded for one number.
export const kindClient: SpanKind.CLIENT = 2;

/** How the spans of outgoing requests look. */
export interface ClientOptions<Response> extends HttpSpanOptions {
  requestHook?: SpanHook<HttpRequest>;
  responseHook?: SpanHook<Response>;
}

/** What stands around outgoing requests on one host. */
export interface ClientHost<Response> {
  readonly guard: Guard;
  tracer(): Tracer;
  options(): ClientOptions<Response>;
  /** What relative URLs are resolved against. */
  base(): string | undefined;
  /** Writes the trace's headers, where this URL may have them. */
  inject(active: Context, url: URL, headers: Record<string, string>): void;
}

/** A request under way. */
export interface ClientCall<Response> {
  /** Runs the host's own call with the span active. Ends the span and rethrows where it throws. */
  run<T>(call: () => T): T;
  /** To be set on the request, may be empty. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the span. `timing` is the header `Server-Timing`, where it may be read. */
  answer(read: () => [response: Response, status: number, timing?: string | null | false | undefined]): void;
  /** Ends the span of a request without an answer. What the application gave up itself is said, but is no error. */
  fail(error: unknown): void;
}

/**
 * The one core under every host's outgoing requests: starts a CLIENT span, names it, and makes the headers where the URL may have them.
 * Undefined where the request is none of ours: not HTTP, ignored, or traffic of a tracer.
 */
export function startClientCall<Response>(host: ClientHost<Response>, method: string, address: string): ClientCall<Response> | undefined {
  const parent = context.active();
  const { guard } = host;
  const options = host.options();
  const base = host.base();
  const url = new URL(address, base);
  if (
    // `suppressTracing` of @opentelemetry/core: exporters, ours too, run below it.
    parent.getValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')) ||
    !url.protocol.startsWith('http') ||
    matchesUrl(options.ignoreUrls, url.href, base)
  )
    return undefined;
  const request: HttpRequest = { method: method.toUpperCase(), url };
  const [name, attributes] = describeRequest(request, options);
  const span = host.tracer().startSpan(name, { kind: kindClient, attributes }, parent);
  const active = trace.setSpan(parent, span);
  const headers = {};
  const end = (finish: () => void): void => {
    // Once, and not for a span that nobody keeps.
    if (span.isRecording()) guard('end', finish);
    guard('end', () => span.end());
  };
  const fail = (error: unknown): void =>
    end(() => {
      const type = `${(error as Error | undefined)?.name}`;
      if (/^abort/i.test(type)) span.setAttribute('error.type', type);
      else recordFailure(span, error);
    });
  guard('requestHook', () => options.requestHook?.(span, request));
  guard('inject', () => host.inject(active, url, headers));
  return {
    headers,
    fail,
    run(call) {
      try {
        return context.with(active, call);
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    answer: (read) =>
      end(() => {
        const [response, status, timing] = read();
        const link = parseServerTiming(timing);
        if (link) span.addLink(link);
        recordStatus(span, status, 400);
        guard('responseHook', () => options.responseHook?.(span, response));
      }),
  };
}
