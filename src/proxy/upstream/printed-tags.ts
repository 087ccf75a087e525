import type { DatadogSpan } from '../../datadog/datadog-span.ts';
import { printEvent, printLink, printTag } from '../../datadog/print-events.ts';

/** Tags of a span as a request has them. */
export interface PrintedTags {
  readonly meta: Record<string, string>;
  readonly metrics: Record<string, number>;
}

/**
 * Copies of a span's tags and numbers with its links, and its events unless they travel typed, as JSON tags: what finds no room there is
 * counted. Never throws.
 */
export function printedTags(span: DatadogSpan, isTyped = false): PrintedTags {
  const meta = { ...span.meta };
  const metrics = { ...span.metrics };
  const tag = (key: string, count: string, [text, leftOut]: [string, number]): void => {
    meta[key] = text;
    if (leftOut) metrics[count] = leftOut + (metrics[count] ?? 0);
  };
  if (span.events?.length && !isTyped) tag('events', 'otel.dropped_events_count', printTag(span.events, printEvent));
  if (span.links?.length) tag('_dd.span_links', 'otel.dropped_links_count', printTag(span.links, printLink));
  return { meta, metrics };
}
