import { type Attributes, type Exception, type Span, type SpanOptions, SpanStatusCode, type TimeInput, trace } from '@opentelemetry/api';
import { guard } from '../trace/guard.ts';

/**
 * Runs a function below an active span that ends when the function returns or its promise settles: what
 * `with tracer.start_as_current_span()` is in Python. An exception that leaves it is recorded, sets the status ERROR unless the
 * application has set one, and is thrown on unchanged. With tracing off it runs the function.
 *
 * @example
 * const total = await withSpan('cart.total', async (span) => { span.setAttribute('items', 3); return sum() })
 */
export function withSpan<R>(name: string, run: (span: Span) => R): R;
export function withSpan<R>(name: string, options: SpanOptions, run: (span: Span) => R): R;
export function withSpan<R>(name: string, ...rest: [SpanOptions, (span: Span) => R] | [(span: Span) => R]): R {
  const run = rest[rest.length - 1] as (span: Span) => R;
  const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
  return trace.getTracer('edgespan').startActiveSpan(name, options, (span) => {
    const fail = (exception: unknown): never => {
      guard(() => recordFailure(span, exception as Exception));
      span.end();
      throw exception;
    };
    let result: R;
    try {
      result = run(span);
    } catch (exception) {
      return fail(exception);
    }
    if (typeof (result as { then?: unknown } | null | undefined)?.then !== 'function') {
      span.end();
      return result;
    }
    return (result as unknown as Promise<unknown>).then((value) => {
      span.end();
      return value;
    }, fail) as R;
  });
}

function recordFailure(span: Span & { status?: unknown }, exception: Exception): void {
  span.recordException(exception);
  // Ours says 0 while nothing is set; of a span of another tracer nothing is known, and its own rules hold.
  if (!span.status || (span.status as { code?: number }).code === 0) span.setStatus({ code: SpanStatusCode.ERROR });
}

/**
 * Records an exception on any span of the API, with attributes of its own, which win over what the exception says. Never throws.
 *
 * @param attributesOrTime told apart as in `addEvent`.
 */
export function recordException(span: Span, exception: unknown, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): void {
  guard(() => (span.recordException as (...args: unknown[]) => void).call(span, exception, attributesOrTime, time));
}
