import type { StoredSpan } from './viewer-mapping.ts';
import type { ViewerLimits, ViewerSpan, ViewerTrace } from './viewer-span.ts';

/** What came of adding spans. */
export interface AddResult {
  /** The spans that were kept. */
  readonly added: readonly ViewerSpan[];
  /** Traces that had to go, oldest first. */
  readonly evicted: readonly string[];
}

/** Traces in memory, bounded by traces, spans and bytes: the oldest trace goes first. */
export interface TraceStore {
  /** @param bytes What the spans took as JSON: their share of memory. */
  add(spans: readonly StoredSpan[], bytes: number): AddResult;
  /** Every span, oldest trace first; goes on safely while spans come and go. */
  spans(): IterableIterator<ViewerSpan>;
  trace(traceId: string): ViewerSpan[];
  find(traceId: string, spanId: string): StoredSpan | undefined;
  /** Newest first. */
  list(): ViewerTrace[];
  clear(): void;
  /** How many traces had to go so far, and spans that found no room in a trace as large as the store. */
  counts(): { readonly evictedTraces: number; readonly refusedSpans: number };
}

interface StoredTrace {
  readonly spans: Map<string, StoredSpan>;
  bytes: number;
}

export function createTraceStore(limits: ViewerLimits & { readonly maxBytes: number }): TraceStore {
  const traces = new Map<string, StoredTrace>();
  let spanCount = 0;
  let byteCount = 0;
  let evictedTraces = 0;
  let refusedSpans = 0;

  function isFull(): boolean {
    return traces.size > limits.maxTraces || spanCount > limits.maxSpans || byteCount > limits.maxBytes;
  }

  function evictFor(current: string): string[] {
    const evicted: string[] = [];
    for (const [traceId, trace] of traces) {
      if (!isFull()) break;
      if (traceId === current) continue;
      traces.delete(traceId);
      spanCount -= trace.spans.size;
      byteCount -= trace.bytes;
      evictedTraces++;
      evicted.push(traceId);
    }
    return evicted;
  }

  return {
    add(spans, bytes) {
      const evicted: string[] = [];
      const added: ViewerSpan[] = [];
      for (const stored of spans) {
        const { traceId, spanId } = stored.view;
        const trace = traces.get(traceId) ?? { spans: new Map<string, StoredSpan>(), bytes: 0 };
        traces.set(traceId, trace);
        if (!trace.spans.has(spanId)) {
          spanCount++;
          trace.bytes += bytes / spans.length;
          byteCount += bytes / spans.length;
        }
        trace.spans.set(spanId, stored);
        evicted.push(...evictFor(traceId));
        if (isFull()) {
          trace.spans.delete(spanId);
          if (trace.spans.size === 0) traces.delete(traceId);
          spanCount--;
          trace.bytes -= bytes / spans.length;
          byteCount -= bytes / spans.length;
          refusedSpans++;
        } else added.push(stored.view);
      }
      return { added, evicted };
    },
    *spans() {
      for (const trace of traces.values()) for (const { view } of trace.spans.values()) yield view;
    },
    trace: (traceId) => [...(traces.get(traceId)?.spans.values() ?? [])].map(({ view }) => view),
    find: (traceId, spanId) => traces.get(traceId)?.spans.get(spanId),
    list: () =>
      [...traces]
        .map(([traceId, trace]) =>
          summarize(
            traceId,
            [...trace.spans.values()].map(({ view }) => view),
          ),
        )
        .sort((a, b) => (a.startNano.length - b.startNano.length || (a.startNano < b.startNano ? -1 : 1)) * -1),
    clear() {
      traces.clear();
      spanCount = 0;
      byteCount = 0;
    },
    counts: () => ({ evictedTraces, refusedSpans }),
  };
}

/** One line of the list. The root is the span without parent; null where it was not received. */
export function summarize(traceId: string, spans: readonly ViewerSpan[]): ViewerTrace {
  const root = spans.find((span) => span.parentId === '');
  const starts = spans.map((span) => BigInt(span.startNano));
  const start = starts.reduce((least, value) => (value < least ? value : least), starts[0] ?? 0n);
  const end = spans.reduce((most, span, index) => {
    const value = starts[index]! + BigInt(Math.round(span.durationNano));
    return value > most ? value : most;
  }, start);
  return {
    traceId,
    root: root === undefined ? null : { service: root.service, name: root.name, resource: root.resource },
    startNano: start.toString(),
    durationNano: Number(end - start),
    spans: spans.length,
    errors: spans.reduce((sum, span) => sum + span.error, 0),
    services: [...new Set(spans.map((span) => span.service))],
    runtimes: [...new Set(spans.map((span) => span.runtime).filter((runtime) => runtime !== ''))],
  };
}
