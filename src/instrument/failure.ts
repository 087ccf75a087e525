import type { Span, SpanStatusCode } from '@opentelemetry/api';

// The API's own would be loaded for one number.
const statusError: SpanStatusCode.ERROR = 2;

/** `error.type`, the status unless the application has set one, and one exception event. */
export function recordFailure(span: Span, error: unknown): void {
  const { name = typeof error, message = `${error}` } = (error ?? {}) as Error;
  span.setAttribute('error.type', name);
  // Before the event, so that the exception is the newer word about the error.
  if (!hasStatus(span)) span.setStatus({ code: statusError, message });
  span.recordException(typeof error === 'object' && error ? (error as Error) : message);
}

/** A number on our spans, `{ code }` on those of OpenTelemetry's SDK; of others nothing is known. */
function hasStatus(span: Span): boolean {
  const { status } = span as Span & { status?: number | { code?: number } };
  return Boolean(typeof status === 'object' ? status.code : status);
}

/** The status code, which is an error from `firstError` on. 0, an opaque answer, tells nothing. */
export function recordStatus(span: Span, status: number, firstError: number): void {
  if (status) span.setAttribute('http.response.status_code', status);
  if (status >= firstError) {
    span.setAttribute('error.type', `${status}`);
    span.setStatus({ code: statusError });
  }
}
