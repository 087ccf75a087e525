import type { Link, SpanContext } from '@opentelemetry/api';

/** A member of the header `Server-Timing` that names a span: the browser reads it where it may not read other headers. */
export function formatServerTiming({ traceId, spanId, traceFlags }: SpanContext): string {
  return `traceparent;desc="00-${traceId}-${spanId}-0${traceFlags & 1}"`;
}

/** A link to the span that the header `Server-Timing`, or the description of its member `traceparent`, names. All headers may be given. */
export function parseServerTiming(text: string | null | undefined | false): Link | undefined {
  const parts = /(?:^|traceparent; ?desc="?)00-(?!0+-)([\da-f]{32})-(?!0+-)([\da-f]{16})-0(\d)/.exec(text || '');
  return parts ? { context: { traceId: parts[1]!, spanId: parts[2]!, traceFlags: +parts[3]! & 1, isRemote: true } } : undefined;
}

/** The header without the members that `formatServerTiming` makes, for a response that passes a second instrumented server. */
export function removeServerTiming(text: string): string {
  return text.replace(/(^|, *)traceparent;desc="[^"]*"/g, '').replace(/^, */, '');
}
