import type { SpanContext, TraceState } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { readHeader, writeHeader } from './carrier.ts';
import type { SettledPropagator } from './inject-all.ts';
import { settle } from './settle.ts';

/** Not version ff; nothing behind the flags in version 00, a dash and anything in later ones; no id of zeros; lower case only. */
const traceparentFormat = /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-[^,]*)?$/;

/**
 * `traceparent` both ways. `format` prints the `tracestate` that goes, empty for none; `inherit` completes a context that came, given its
 * `tracestate` (without it the tracer takes the sampled flag).
 */
export function traceContextWith(
  format: (state: TraceState) => string,
  inherit?: (context: SpanContext, tracestate: string) => void,
): SettledPropagator {
  return {
    inject(context, carrier, setter, spanContext = settle(context)) {
      if (!spanContext) return;
      const { traceId, spanId, traceFlags, traceState } = spanContext;
      writeHeader(carrier, setter, 'traceparent', `00-${traceId}-${spanId}-0${traceFlags & 3}`);
      const state = traceState && format(traceState);
      if (state) writeHeader(carrier, setter, 'tracestate', state);
    },
    extract(context, carrier, getter) {
      const [, traceId, spanId, flags] = traceparentFormat.exec(readHeader(carrier, getter, 'traceparent').trim()) ?? [];
      if (!traceId) return context;
      const spanContext = { traceId, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16) & 3, isRemote: true };
      inherit?.(spanContext, readHeader(carrier, getter, 'tracestate'));
      return trace.setSpanContext(context, spanContext);
    },
    fields: () => ['traceparent', 'tracestate'],
  };
}
