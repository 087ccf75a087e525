import { clockOffsets, processOf } from './clock-offset.ts';
import { markCriticalPath } from './critical-path.ts';
import type { TraceNode } from './trace-node.ts';
import type { ViewerSpan } from './viewer-span.ts';

export interface TraceTree {
  /** Ordered by start. More than one where parents are missing. */
  readonly roots: readonly TraceNode[];
  /** All nodes, depth first: the rows of a waterfall. */
  readonly nodes: readonly TraceNode[];
  /** Epoch nanoseconds of the tree's zero, decimal: start of its first span. */
  readonly originNano: string;
  /** From the first start to the last end. */
  readonly durationNano: number;
  /** Offset by process, where it is not 0. Key: client id, or service and runtime of what came without one. */
  readonly offsets: ReadonlyMap<string, number>;
}

/**
 * Builds the tree of one trace, with missing parents as ghosts, self time, clock offsets, network time and critical path. Spans may come
 * in any order; of two with the same id the later one counts; a cycle is opened at its earliest span. Never throws.
 *
 * @param options `rawClocks`: leaves the clocks as they were sent and works out no network time.
 */
export function buildTraceTree(spans: readonly ViewerSpan[], options: { readonly rawClocks?: boolean } = {}): TraceTree {
  const starts = spans.map((span) => BigInt(span.startNano));
  const origin = starts.reduce((least, start) => (start < least ? start : least), starts[0] ?? 0n);
  const byId = new Map<string, TraceNode>();
  spans.forEach((span, index) => {
    const startNano = Number((starts[index] ?? origin) - origin);
    byId.set(span.spanId, createNode(span.spanId, span, startNano, startNano + span.durationNano));
  });

  const roots = connect(byId);
  const offsets = options.rawClocks ? new Map<string, number>() : clockOffsets(walk(roots));
  for (const node of byId.values()) {
    if (node.span === undefined) continue;
    node.offsetNano = offsets.get(processOf(node.span)) ?? 0;
    node.startNano += node.offsetNano;
    node.endNano += node.offsetNano;
  }

  measureGhosts(roots);
  const sorted = roots.sort(byStart);
  for (const node of byId.values()) node.children.sort(byStart);
  const nodes = walk(sorted);
  const zero = nodes.reduce((least, node) => Math.min(least, node.startNano), Number.POSITIVE_INFINITY);
  if (Number.isFinite(zero) && zero !== 0) {
    for (const node of nodes) {
      node.startNano -= zero;
      node.endNano -= zero;
    }
  }
  for (const node of nodes) measure(node, options.rawClocks === true);
  for (const root of sorted) markCriticalPath(root);
  return {
    roots: sorted,
    nodes,
    originNano: (origin + BigInt(Math.round(Number.isFinite(zero) ? zero : 0))).toString(),
    durationNano: nodes.reduce((most, node) => Math.max(most, node.endNano), 0),
    offsets,
  };
}

function createNode(spanId: string, span: ViewerSpan | undefined, startNano: number, endNano: number): TraceNode {
  return {
    spanId,
    span,
    parent: undefined,
    children: [],
    depth: 0,
    startNano,
    endNano,
    offsetNano: 0,
    selfNano: 0,
    lateNano: 0,
    network: undefined,
    critical: [],
  };
}

/** Hangs every node under its parent, makes ghosts for missing ones, opens cycles. Returns the roots. */
function connect(byId: Map<string, TraceNode>): TraceNode[] {
  const roots: TraceNode[] = [];
  for (const node of Array.from(byId.values())) {
    const parentId = node.span?.parentId ?? '';
    if (parentId === '') {
      roots.push(node);
      continue;
    }
    let parent = byId.get(parentId);
    if (parent === undefined) {
      parent = createNode(parentId, undefined, 0, 0);
      byId.set(parentId, parent);
      roots.push(parent);
    }
    node.parent = parent;
    parent.children.push(node);
  }
  const reached = new Set(walk(roots));
  for (const node of [...byId.values()].sort(byStart)) {
    if (reached.has(node)) continue;
    const siblings = node.parent?.children;
    siblings?.splice(siblings.indexOf(node), 1);
    node.parent = undefined;
    roots.push(node);
    for (const below of walk([node])) reached.add(below);
  }
  return roots;
}

/** Depth first, without recursion: a trace may be thousands deep. Sets `depth`. */
function walk(roots: readonly TraceNode[]): TraceNode[] {
  const nodes: TraceNode[] = [];
  const open = [...roots].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    node.depth = node.parent === undefined ? 0 : node.parent.depth + 1;
    nodes.push(node);
    for (let index = node.children.length - 1; index >= 0; index--) open.push(node.children[index]!);
  }
  return nodes;
}

function measureGhosts(roots: readonly TraceNode[]): void {
  for (const ghost of roots) {
    if (ghost.span !== undefined) continue;
    ghost.startNano = ghost.children.reduce((least, child) => Math.min(least, child.startNano), Number.POSITIVE_INFINITY);
    ghost.endNano = ghost.children.reduce((most, child) => Math.max(most, child.endNano), ghost.startNano);
  }
}

function measure(node: TraceNode, rawClocks: boolean): void {
  let covered = 0;
  let cursor = node.startNano;
  for (const child of node.children) {
    const to = Math.min(child.endNano, node.endNano);
    covered += Math.max(0, to - Math.max(child.startNano, cursor));
    cursor = Math.max(cursor, to);
  }
  node.selfNano = node.span === undefined ? 0 : node.endNano - node.startNano - covered;
  const { parent } = node;
  if (node.span === undefined || parent?.span === undefined) return;
  node.lateNano = Math.max(0, node.startNano - parent.endNano);
  if (rawClocks || processOf(node.span) === processOf(parent.span)) return;
  const beforeNano = node.startNano - parent.startNano;
  const afterNano = parent.endNano - node.endNano;
  if (beforeNano >= 0 && afterNano >= 0) node.network = { beforeNano, afterNano };
}

function byStart(a: TraceNode, b: TraceNode): number {
  return a.startNano - b.startNano || (a.spanId < b.spanId ? -1 : 1);
}
