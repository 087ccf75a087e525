import { matchesFilter, parseFilter } from './filter.ts';
import { compareNano } from './format.ts';
import type { TraceSummary } from './trace-book.ts';

/** What the list is ordered by. */
export type SortKey = 'time' | 'resource' | 'spans' | 'errors' | 'duration';
export interface Sort {
  readonly key: SortKey;
  /** Largest, latest or Z first. */
  readonly down: boolean;
}

/** Those that match, in order; equals stand latest first. */
export function listTraces(all: readonly TraceSummary[], filter: string, sort: Sort): TraceSummary[] {
  const tokens = parseFilter(filter);
  const sign = sort.down ? -1 : 1;
  return all
    .filter((trace) => matchesFilter(trace, tokens))
    .sort((a, b) => sign * compare(a, b, sort.key) || compareNano(b.startNano, a.startNano) || (a.id < b.id ? -1 : 1));
}

function compare(a: TraceSummary, b: TraceSummary, key: SortKey): number {
  if (key === 'time') return compareNano(a.startNano, b.startNano);
  if (key === 'spans') return a.spanCount - b.spanCount;
  if (key === 'errors') return a.errorCount - b.errorCount;
  if (key === 'duration') return a.duration - b.duration;
  return a.resource < b.resource ? -1 : a.resource > b.resource ? 1 : 0;
}
