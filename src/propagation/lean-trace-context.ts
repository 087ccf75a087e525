import type { TextMapPropagator } from '@opentelemetry/api';
import { ownMember } from './dd-member.ts';
import { traceContextWith } from './trace-context-core.ts';

/**
 * W3C Trace Context level 2 for pages, which begin traces: `traceparent` both ways; of `tracestate` the `dd` member alone is sent, and
 * none is read (a page gets `traceparent` from its document, nothing else). Never throws.
 * @example
 * register({ service: 'shop-web', propagators: [traceContext()] })
 * @see https://www.w3.org/TR/trace-context-2/
 */
export function leanTraceContext(): TextMapPropagator {
  return traceContextWith(ownMember);
}
