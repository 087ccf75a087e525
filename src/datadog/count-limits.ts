import { defaultSpanLimits } from '../trace/limits.ts';
import type { DatadogSpan } from './datadog-span.ts';
import { countLeftOut } from './read-span.ts';

/**
 * Leaves of a decoded span as many events, links and attributes of each as a tracer does that keeps OpenTelemetry's defaults, in place:
 * the newest events, the first links and attributes. Events and links that are left out are counted; for attributes of these v0.4 has no
 * count. Never throws.
 */
export function applyCountLimits(span: DatadogSpan): void {
  const { events, links } = span;
  const { eventCountLimit, linkCountLimit, attributePerEventCountLimit, attributePerLinkCountLimit } = defaultSpanLimits;
  if (events !== undefined) {
    if (events.length > eventCountLimit) span.events = events.slice(-eventCountLimit);
    countLeftOut(span, 'otel.dropped_events_count', events.length - eventCountLimit);
    for (const { attributes } of span.events ?? []) cutAttributes(attributes, attributePerEventCountLimit);
  }
  if (links !== undefined) {
    if (links.length > linkCountLimit) span.links = links.slice(0, linkCountLimit);
    countLeftOut(span, 'otel.dropped_links_count', links.length - linkCountLimit);
    for (const { attributes } of span.links ?? []) cutAttributes(attributes, attributePerLinkCountLimit);
  }
}

function cutAttributes(attributes: Record<string, unknown> | undefined, limit: number): void {
  if (attributes !== undefined) for (const key of Object.keys(attributes).slice(limit)) delete attributes[key];
}
