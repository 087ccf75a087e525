import { type Attributes, context, type Span, type SpanOptions, type TimeInput, trace } from '@opentelemetry/api';
import { createGuard } from './guard.ts';
import { runSpan } from './run-span.ts';

/**
 * Runs a function below an active span that ends when the function returns or its promise settles: what
 * `with tracer.start_as_current_span()` is in Datadog's Python guide. An exception that leaves it is recorded, sets the status ERROR
 * unless the application has set one, and is thrown on unchanged. With tracing off it runs the function.
 *
 * @example
 * const total = await withSpan('cart.total', async (span) => { span.setAttribute('items', 3); return sum() })
 */
export function withSpan<R>(name: string, run: (span: Span) => R): R;
export function withSpan<R>(name: string, options: SpanOptions, run: (span: Span) => R): R;
export function withSpan<R>(name: string, ...rest: [SpanOptions, (span: Span) => R] | [(span: Span) => R]): R {
  const run = rest[rest.length - 1] as (span: Span) => R;
  const span = trace.getTracer('edgespan').startSpan(name, rest.length > 1 ? (rest[0] as SpanOptions) : {});
  return runSpan(createGuard(), span, trace.setSpan(context.active(), span), () => run(span), {});
}

/**
 * Records an exception on any span of the API, with attributes of its own, which win over what the exception says. Never throws.
 *
 * @param attributesOrTime told apart as in `addEvent`.
 */
export function recordException(span: Span, exception: unknown, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): void {
  createGuard()('recording an exception', () => {
    (span as unknown as Record<'recordException', (...args: unknown[]) => void>).recordException(exception, attributesOrTime, time);
  });
}
