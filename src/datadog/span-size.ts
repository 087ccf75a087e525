import { maxSpanBytes } from '../trace/limits.ts';
import type { DatadogSpan } from './datadog-span.ts';
import { encodeTraces } from './encode-traces.ts';
import { printEvent, printTag } from './print-events.ts';
import { printTypedEvents } from './print-typed-events.ts';

/** Bytes that one character may become: an escape. */
const maxCharacterBytes = 6;
/** Characters of a number, or of what stands around a value where it is typed. */
const valueLength = 60;

/**
 * Whether a span printed alone is within 256 KiB, with its events as a tag and typed, as another receiver wants them. Where typed ones are
 * too large, the oldest are left out in place, as many as the tag leaves out, and counted. An ordinary span is not printed, its texts are
 * too short. Never throws.
 *
 * @param tagsLength of its tags, as `applyAgentLimits` says.
 */
export function fitsSpanSize(span: DatadogSpan, tagsLength: number): boolean {
  const { service, name, resource, type, events, links, metaStruct } = span;
  const length =
    1_000 +
    service.length +
    name.length +
    resource.length +
    type.length +
    tagsLength +
    lengthOf(events) +
    lengthOf(links) +
    lengthOf(metaStruct);
  if (length * maxCharacterBytes <= maxSpanBytes) return true;
  if (!isPrinted(span)) return false;
  if (!events || isPrinted(span, printTypedEvents)) return true;
  const [, leftOut] = printTag(events, printEvent);
  span.events = events.slice(leftOut);
  if (leftOut) span.metrics['otel.dropped_events_count'] = leftOut + (span.metrics['otel.dropped_events_count'] ?? 0);
  return isPrinted(span, printTypedEvents);
}

function isPrinted(span: DatadogSpan, printEvents?: typeof printTypedEvents): boolean {
  let isWhole = true;
  encodeTraces([[span]], {
    printEvents,
    onDrop: () => {
      isWhole = false;
    },
  });
  return isWhole;
}

/** Characters of all texts in a value, and room for what is printed around them. */
function lengthOf(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return value.length + valueLength;
  let length = valueLength;
  if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) length += key.length + lengthOf(member);
  }
  return length;
}
