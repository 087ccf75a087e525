import type { TraceNode } from './trace-node.ts';
import type { ViewerSpan } from './viewer-span.ts';

/** The clock a span was timed by: the client's, or that of service and runtime where no client is known. */
export function processOf(span: ViewerSpan): string {
  return span.client || `${span.service}\n${span.runtime}`;
}

/**
 * Works out by how much each process's clock must be moved so that callees lie within their callers. Only a server span below a client
 * span of another process is judged, as only there the callee must lie within: all calls between the same two processes together, like
 * one clock offset. Nothing moves where everything fits as it is.
 *
 * @param nodes Parents before children.
 * @returns Nanoseconds to add, by process; those of 0 are left out.
 */
export function clockOffsets(nodes: readonly TraceNode[]): Map<string, number> {
  const calls = new Map<string, Map<string, TraceNode[]>>();
  const offsets = new Map<string, number>();
  for (const node of nodes) {
    const callee = processKey(node);
    const caller = node.parent && processKey(node.parent);
    if (callee === undefined || caller === undefined || caller === callee) continue;
    if (node.parent?.span?.meta['span.kind'] !== 'client' || node.span?.meta['span.kind'] !== 'server') continue;
    const callees = calls.get(caller) ?? new Map<string, TraceNode[]>();
    calls.set(caller, callees);
    const crossings = callees.get(callee);
    if (crossings === undefined) callees.set(callee, [node]);
    else crossings.push(node);
  }
  const seen = new Set<string>();
  const follow = (root: string): void => {
    const open = [root];
    for (let caller = open.pop(); caller !== undefined; caller = open.pop()) {
      if (seen.has(caller)) continue;
      seen.add(caller);
      for (const [callee, crossings] of calls.get(caller) ?? []) {
        if (seen.has(callee)) continue;
        if (!offsets.has(callee)) offsets.set(callee, offsetOf(crossings, offsets.get(caller) ?? 0));
        open.push(callee);
      }
    }
  };
  for (const node of nodes) {
    const key = processKey(node);
    if (key !== undefined) follow(key);
  }
  return new Map([...offsets].filter(([, offset]) => offset !== 0));
}

/** The offset nearest to the caller's that lets every callee lie within its caller; half way between where that is the only way. */
function offsetOf(crossings: readonly TraceNode[], callerOffset: number): number {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  for (const node of crossings) {
    const caller = node.parent!;
    const earliest = caller.startNano + callerOffset - node.startNano;
    const latest = caller.endNano + callerOffset - node.endNano;
    // A callee that lasts longer than its caller (aborted, streamed) says only that it did not begin before.
    least = Math.max(least, earliest);
    if (latest >= earliest) most = Math.min(most, latest);
  }
  if (least <= 0 && most >= 0) return 0;
  if (most < least) return least;
  return most === Number.POSITIVE_INFINITY ? least : (least + most) / 2;
}

function processKey(node: TraceNode): string | undefined {
  return node.span && processOf(node.span);
}
