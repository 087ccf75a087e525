import type { SpanContext, TextMapPropagator } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { readHeader, writeHeader } from './carrier.ts';
import { inheritTraceState } from './remote-context.ts';
import { settle } from './settle.ts';
import { parseTraceState } from './trace-state.ts';

/** Not version ff; nothing behind the flags in version 00, a dash and anything in later ones; no id of zeros; lower case only. */
const traceparentFormat = /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-[^,]*)?$/;

export interface TraceContextOptions {
  /** Whether members of other vendors are sent on in `tracestate`. Default true; false in browsers, which begin traces. */
  foreignMembers?: boolean;
}

/**
 * W3C Trace Context level 2: `traceparent` and `tracestate`, both ways. Sampled and random flag travel, members of other vendors stay in
 * their order behind ours (`dd=`). At most 32 members and 512 characters are sent. Never throws.
 * @example
 * register({ service: 'shop-web', propagators: [traceContext()] })
 * @see https://www.w3.org/TR/trace-context-2/
 */
export function traceContext({ foreignMembers = true }: TraceContextOptions = {}): TextMapPropagator & { readonly style: string } {
  return {
    style: 'tracecontext',
    inject(context, carrier, setter) {
      const spanContext = settle(context);
      if (!spanContext) return;
      const { traceId, spanId, traceFlags, traceState } = spanContext;
      writeHeader(carrier, setter, 'traceparent', `00-${traceId}-${spanId}-0${traceFlags & 3}`);
      const member = traceState?.get('dd');
      const state = foreignMembers ? traceState?.serialize() : member && `dd=${member}`;
      if (state) writeHeader(carrier, setter, 'tracestate', state);
    },
    extract(context, carrier, getter) {
      const match = traceparentFormat.exec(readHeader(carrier, getter, 'traceparent')?.trim() ?? '');
      if (!match) return context;
      const spanContext: SpanContext = {
        traceId: match[1]!,
        spanId: match[2]!,
        traceFlags: Number.parseInt(match[3]!, 16) & 3,
        traceState: parseTraceState(readHeader(carrier, getter, 'tracestate') ?? ''),
        isRemote: true,
      };
      inheritTraceState(spanContext);
      return trace.setSpanContext(context, spanContext);
    },
    fields: () => ['traceparent', 'tracestate'],
  };
}
