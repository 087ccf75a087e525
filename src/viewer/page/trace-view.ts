import type { NanoRange, TraceNode } from '../trace-node.ts';
import { buildTraceTree, type TraceTree } from '../trace-tree.ts';
import type { ViewerSpan } from '../viewer-span.ts';

/** Own time of one service or runtime in a trace. */
export interface SelfShare {
  key: string;
  selfNano: number;
}

/** A trace worked out for the eye. */
export interface TraceView {
  tree: TraceTree;
  /** The span that names the trace: the first root that was received, else the first span. */
  root: TraceNode | undefined;
  /** In the order in which they first appear. */
  services: SelfShare[];
  runtimes: SelfShare[];
  /** Spans that failed, in row order. */
  failed: TraceNode[];
  /** Late themselves or below a late span: not part of what the trace waited for. */
  late: ReadonlySet<TraceNode>;
  ghostCount: number;
}

/** Works a trace out once per change of it. */
export function createTraceView(spans: readonly ViewerSpan[], rawClocks: boolean): TraceView {
  const tree = buildTraceTree(spans, { rawClocks });
  const services = new Map<string, number>();
  const runtimes = new Map<string, number>();
  const failed: TraceNode[] = [];
  const late = new Set<TraceNode>();
  let ghostCount = 0;
  for (const node of tree.nodes) {
    if (node.lateNano > 0 || (node.parent && late.has(node.parent))) late.add(node);
    if (!node.span) {
      ghostCount++;
      continue;
    }
    add(services, node.span.service, node.selfNano);
    add(runtimes, node.span.runtime, node.selfNano);
    if (node.span.error) failed.push(node);
  }
  const root = tree.roots.find((node) => node.span?.parentId === '') ?? tree.nodes.find((node) => node.span);
  keepOnePath(tree, root);
  return { tree, root, services: shares(services), runtimes: shares(runtimes), failed, late, ghostCount };
}

/** The critical path is that of the trace: what hangs on other roots, such as missing parents, is not on it. */
function keepOnePath(tree: TraceTree, root: TraceNode | undefined): void {
  let top: TraceNode | undefined;
  for (let at = root; at; at = at.parent) top = at;
  let within = false;
  for (const node of tree.nodes) {
    if (!node.parent) within = node === top;
    if (!within) node.critical = [];
  }
}

function add(sums: Map<string, number>, key: string, nanos: number): void {
  sums.set(key, (sums.get(key) ?? 0) + Math.max(0, nanos));
}

function shares(sums: Map<string, number>): SelfShare[] {
  return [...sums].map(([key, selfNano]) => ({ key, selfNano }));
}

/** The parts of a span that no child covers: what its bar shows in full colour. Those shorter than `leastNano` are left out beside others. */
export function selfRanges(node: TraceNode, leastNano: number): NanoRange[] {
  const ranges: [number, number][] = [];
  let cursor = node.startNano;
  for (const child of node.children) {
    if (child.startNano >= node.endNano) break;
    if (child.startNano > cursor + leastNano) ranges.push([cursor, child.startNano]);
    cursor = Math.max(cursor, child.endNano);
  }
  if (ranges.length === 0 || cursor + leastNano < node.endNano) ranges.push([cursor, node.endNano]);
  return ranges.filter(([from, to]) => to > from);
}

/** An error that began here: no child failed. */
export function isErrorOrigin(node: TraceNode): boolean {
  return node.span?.error === 1 && !node.children.some((child) => child.span?.error === 1);
}

/** The runtime a ghost's children name as their caller cannot be known; theirs is shown. */
export function ghostSpan(node: TraceNode): ViewerSpan | undefined {
  return node.span ?? node.children.find((child) => child.span)?.span;
}

/** Where service or runtime differ from the row above in the tree: only there a row says them. */
export function changesAt(node: TraceNode): { service: boolean; runtime: boolean } {
  const span = ghostSpan(node);
  const above = node.parent && ghostSpan(node.parent);
  return {
    service: span !== undefined && span.service !== above?.service,
    runtime: span?.runtime !== '' && span?.runtime !== above?.runtime,
  };
}

/** workerd's clock stands still between two I/O, so such a span has no length it could know. */
export function isClockStopped(node: TraceNode): boolean {
  return node.span !== undefined && node.span.durationNano === 0 && node.span.runtime === 'workerd';
}
