import type { TextMapPropagator } from '@opentelemetry/api';
import { createTraceState } from '@opentelemetry/api';
import { traceContextWith } from './trace-context-core.ts';

/**
 * W3C Trace Context level 2 for pages, which begin traces: `traceparent` both ways, and of `tracestate` the `dd` member alone, so that no
 * list of other vendors is read, kept and sent by every page. Never throws.
 * @example
 * register({ service: 'shop-web', propagators: [leanTraceContext()] })
 * @see https://www.w3.org/TR/trace-context-2/
 */
export function leanTraceContext(): TextMapPropagator {
  return traceContextWith(createTraceState, (state) => {
    const member = state.get('dd');
    return member ? `dd=${member}` : '';
  });
}
