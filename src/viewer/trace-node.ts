import type { ViewerSpan } from './viewer-span.ts';

/** From and to, in nanoseconds after the tree's zero. */
export type NanoRange = readonly [fromNano: number, toNano: number];

/** A span in its place, or a ghost: a parent that was named but not received. Times are in nanoseconds after the tree's zero. */
export interface TraceNode {
  /** Id of the span, or of the missing parent. */
  readonly spanId: string;
  /** Undefined on a ghost. */
  readonly span: ViewerSpan | undefined;
  parent: TraceNode | undefined;
  /** Ordered by start. */
  readonly children: TraceNode[];
  /** 0 on a root. */
  depth: number;
  /** With the clock's offset added; a ghost spans its children. */
  startNano: number;
  endNano: number;
  /** What was added to this process's clock so that callees lie within their callers; 0 almost always. */
  offsetNano: number;
  /** Time that no child covers. */
  selfNano: number;
  /** How long after its parent's end it began; 0 on a span in time. Late spans are not on the critical path. */
  lateNano: number;
  /** On a callee in another process: from the caller's start to ours, and from our end to the caller's. */
  network: { readonly beforeNano: number; readonly afterNano: number } | undefined;
  /** The parts of its own time that the trace's duration hangs on, in order. */
  critical: NanoRange[];
}
