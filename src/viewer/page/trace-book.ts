import type { ViewerSpan } from '../viewer-span.ts';
import type { FilterSubject } from './filter.ts';
import { createTraceView, type SelfShare, type TraceView } from './trace-view.ts';

/** One line of the list. `spans` is asked for only by a filter that needs it. */
export interface TraceSummary extends FilterSubject {
  /** Order of arrival on this page. */
  order: number;
  startNano: string;
  rootService: string;
  shares: readonly SelfShare[];
}

/** A trace as the page holds it. */
export interface TraceEntry {
  readonly id: string;
  /** Order of arrival on this page. */
  readonly order: number;
  /** Grows with every change. */
  version: number;
  /** When the first and the last of its spans came. */
  readonly spans: Map<string, ViewerSpan>;
}

/** All traces the page holds, each worked out once per change. */
export interface TraceBook {
  readonly entries: ReadonlyMap<string, TraceEntry>;
  add(spans: readonly ViewerSpan[]): void;
  remove(traceIds: readonly string[]): void;
  /** Takes the place of all there was; a trace that was known keeps its order. */
  replace(spans: readonly ViewerSpan[]): void;
  /** The order the next new trace will get. */
  nextOrder(): number;
  view(entry: TraceEntry, rawClocks: boolean): TraceView;
  summary(entry: TraceEntry): TraceSummary;
}

interface Cached<T> {
  version: number;
  value: T;
}

/** Makes an empty book. */
export function createTraceBook(): TraceBook {
  const entries = new Map<string, TraceEntry>();
  const summaries = new WeakMap<TraceEntry, Cached<TraceSummary>>();
  const views = new WeakMap<TraceEntry, Cached<TraceView>>();
  const rawViews = new WeakMap<TraceEntry, Cached<TraceView>>();
  let before = new Map<string, number>();
  let order = 0;

  function cached<T>(cache: WeakMap<TraceEntry, Cached<T>>, entry: TraceEntry, make: () => T): T {
    const found = cache.get(entry);
    if (found?.version === entry.version) return found.value;
    const value = make();
    cache.set(entry, { version: entry.version, value });
    return value;
  }

  const book: TraceBook = {
    entries,
    add(spans) {
      for (const span of spans) {
        let entry = entries.get(span.traceId);
        if (!entry) {
          entry = { id: span.traceId, order: before.get(span.traceId) ?? order++, version: 0, spans: new Map() };
          entries.set(span.traceId, entry);
        }
        entry.spans.set(span.spanId, span);
        entry.version++;
      }
    },
    remove(traceIds) {
      for (const id of traceIds) entries.delete(id);
    },
    replace(spans) {
      before = new Map([...entries].map(([id, entry]) => [id, entry.order]));
      entries.clear();
      book.add(spans);
    },
    nextOrder: () => order,
    view: (entry, rawClocks) => cached(rawClocks ? rawViews : views, entry, () => createTraceView([...entry.spans.values()], rawClocks)),
    summary: (entry) => cached(summaries, entry, () => summarise(entry, book.view(entry, false))),
  };
  return book;
}

function summarise(entry: TraceEntry, view: TraceView): TraceSummary {
  const span = view.root?.span;
  return {
    id: entry.id,
    order: entry.order,
    spans: { [Symbol.iterator]: () => entry.spans.values() },
    startNano: view.tree.originNano,
    duration: view.tree.durationNano,
    resource: span?.resource ?? '',
    name: span?.name ?? '',
    rootService: span?.service ?? '',
    errorCount: view.failed.length,
    spanCount: entry.spans.size,
    services: view.services.map((share) => share.key),
    runtimes: view.runtimes.map((share) => share.key).filter((runtime) => runtime !== ''),
    shares: view.services,
  };
}
