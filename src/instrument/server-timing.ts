import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** A member of the header `Server-Timing` that names a span: the browser reads it where it may not read other headers. */
export function printServerTiming({ traceId, spanId, traceFlags }: SpanContext): string {
  return `traceparent;desc="00-${traceId}-${spanId}-0${traceFlags & 1}"`;
}

/** The span that a `Server-Timing` header, or the description of its `traceparent` member, names. Undefined where there is none. */
export function parseServerTiming(text: string | null | undefined): SpanContext | undefined {
  const parts = text && /(?:^|traceparent; ?desc="?)00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(text);
  if (!parts) return undefined;
  const spanContext = { traceId: parts[1]!, spanId: parts[2]!, traceFlags: Number.parseInt(parts[3]!, 16), isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

/** The header without the members that `printServerTiming` makes, for a response that passes a second instrumented server. */
export function removeServerTiming(text: string): string {
  return text.replace(/(^|, *)traceparent;desc="[^"]*"/g, '').replace(/^, */, '');
}
