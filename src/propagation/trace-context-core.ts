import type { TextMapPropagator, TraceState } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { readHeader, writeHeader } from './carrier.ts';
import { inheritTraceState } from './remote-context.ts';
import { settle } from './settle.ts';

/** Not version ff; nothing behind the flags in version 00, a dash and anything in later ones; no id of zeros; lower case only. */
const traceparentFormat = /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-[^,]*)?$/;

/** `traceparent` both ways, with the given way to read and print `tracestate`. */
export function traceContextWith(parse: (header: string) => TraceState, format: (state: TraceState) => string): TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      const spanContext = settle(context);
      if (!spanContext) return;
      const { traceId, spanId, traceFlags, traceState } = spanContext;
      writeHeader(carrier, setter, 'traceparent', `00-${traceId}-${spanId}-0${traceFlags & 3}`);
      const state = traceState && format(traceState);
      if (state) writeHeader(carrier, setter, 'tracestate', state);
    },
    extract(context, carrier, getter) {
      const match = traceparentFormat.exec(readHeader(carrier, getter, 'traceparent').trim());
      if (!match) return context;
      return trace.setSpanContext(
        context,
        inheritTraceState({
          traceId: match[1]!,
          spanId: match[2]!,
          traceFlags: Number.parseInt(match[3]!, 16) & 3,
          traceState: parse(readHeader(carrier, getter, 'tracestate')),
          isRemote: true,
        }),
      );
    },
    fields: () => ['traceparent', 'tracestate'],
  };
}
