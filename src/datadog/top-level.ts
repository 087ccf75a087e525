import { isTrue } from './attribute-text.ts';
import type { DatadogChunk } from './datadog-span.ts';

/**
 * Whether a tracer says that it marked its top-level spans itself; what is no boolean of Go's is a yes.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/api.go isHeaderTrue
 */
export function isTopLevelMarked(headers: Headers): boolean {
  return isTrue(headers.get('datadog-client-computed-top-level') ?? '');
}

/**
 * Marks the spans of a whole chunk that an Agent takes for top-level where a tracer did not mark them itself, in place: roots, those whose
 * parent is not in the chunk, those whose parent is of another service. To be done before a chunk is cut. Never throws.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/traceutil/trace.go ComputeTopLevel
 */
export function markTopLevel(chunk: DatadogChunk): void {
  const idOf = (high: number, low: number): string => `${high} ${low}`;
  const services = new Map(chunk.map((span) => [idOf(span.spanHigh, span.spanLow), span.service]));
  for (const span of chunk) {
    const isRoot = !(span.parentHigh || span.parentLow);
    if (isRoot || services.get(idOf(span.parentHigh, span.parentLow)) !== span.service) span.metrics['_dd.top_level'] = 1;
  }
}
