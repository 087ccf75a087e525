import { hex64 } from '../trace/print-ids.ts';
import type { DatadogChunk, DatadogSpan } from './datadog-span.ts';

/** The trace id of a chunk as 32 lower-case hex digits: its high half is a tag of the chunk's first span, or 0. Never throws. */
export function traceIdOf(chunk: DatadogChunk): string {
  const first = chunk[0];
  if (first === undefined) return '0'.repeat(32);
  const high = chunk.find((span) => span.meta['_dd.p.tid'] !== undefined)?.meta['_dd.p.tid'];
  return (high !== undefined && /^[0-9a-f]{16}$/.test(high) ? high : '0'.repeat(16)) + hex64(first.traceHigh, first.traceLow);
}

/** The span id as 16 lower-case hex digits. Never throws. */
export function spanIdOf(span: DatadogSpan): string {
  return hex64(span.spanHigh, span.spanLow);
}

/** The parent's span id as 16 lower-case hex digits, empty on a root. Never throws. */
export function parentIdOf(span: DatadogSpan): string {
  return span.parentHigh || span.parentLow ? hex64(span.parentHigh, span.parentLow) : '';
}
