import { type Signal, signal } from '@preact/signals';
import type { NanoRange, TraceNode } from '../trace-node.ts';
import type { KeySlot } from './app-state.ts';
import type { TraceView } from './trace-view.ts';

/** What a reader did to a waterfall. */
export interface WaterfallState {
  /** Span id of the row with the cursor. */
  readonly cursor: Signal<string>;
  readonly folded: Signal<ReadonlySet<string>>;
  /** Undefined: the whole trace. */
  readonly zoom: Signal<NanoRange | undefined>;
  /** Only this service at full strength; empty for all. */
  readonly only: Signal<string>;
  /** Filled by the waterfall; its page asks it first. */
  readonly keys: KeySlot;
}

/** A waterfall as it is when a trace is opened. */
export function createWaterfallState(cursor: string): WaterfallState {
  return {
    cursor: signal(cursor),
    folded: signal<ReadonlySet<string>>(new Set()),
    zoom: signal<NanoRange | undefined>(undefined),
    only: signal(''),
    keys: { current: undefined },
  };
}

/** The rows that no folded one hides. */
export function visibleNodes(view: TraceView, folded: ReadonlySet<string>): readonly TraceNode[] {
  if (folded.size === 0) return view.tree.nodes;
  const nodes: TraceNode[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  for (const node of view.tree.nodes) {
    if (node.depth > hiddenBelow) continue;
    hiddenBelow = folded.has(node.spanId) ? node.depth : Number.POSITIVE_INFINITY;
    nodes.push(node);
  }
  return nodes;
}

/** Folds or unfolds a row that has children. */
export function setFolded(state: WaterfallState, spanId: string, folded: boolean): void {
  const next = new Set(state.folded.value);
  if (folded) next.add(spanId);
  else next.delete(spanId);
  state.folded.value = next;
}

/** Unfolds all that hides a span. */
export function reveal(state: WaterfallState, node: TraceNode): void {
  const next = new Set(state.folded.value);
  for (let at = node.parent; at; at = at.parent) next.delete(at.spanId);
  if (next.size !== state.folded.value.size) state.folded.value = next;
}

/** The shown part of the time. */
export function shownRange(zoom: NanoRange | undefined, view: TraceView): NanoRange {
  return zoom ?? [0, Math.max(1, view.tree.durationNano)];
}

/** Shows a span with a tenth of its length on each side. */
export function zoomTo(state: WaterfallState, view: TraceView, node: TraceNode): void {
  const margin = Math.max(1000, (node.endNano - node.startNano) * 0.1);
  const end = Math.max(1, view.tree.durationNano);
  state.zoom.value = [Math.max(0, node.startNano - margin), Math.min(end, node.endNano + margin)];
}
