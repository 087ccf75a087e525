import type { TraceNode } from './trace-node.ts';

interface Visit {
  readonly node: TraceNode;
  /** The part of the node that the walk goes through: what it or its children do outside of it is cut off. */
  readonly startNano: number;
  readonly endNano: number;
  /** By end, the last one last. */
  readonly children: TraceNode[];
  cursor: number;
}

/**
 * Marks, on the root and below it, the parts of each span's own time that the root's duration hangs on: walks back from the end, always
 * into the child that ended last before what came next began. Late children, and what a child does after its parent's end, are not on it.
 *
 * @see https://github.com/uber-research/CRISP
 */
export function markCriticalPath(root: TraceNode): void {
  const open = [enter(root, root.startNano, root.endNano)];
  for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
    const child = nextChild(visit);
    if (child === undefined) {
      mark(visit.node, visit.startNano, visit.cursor);
      open.pop();
      continue;
    }
    const childEnd = Math.min(child.endNano, visit.endNano);
    mark(visit.node, childEnd, visit.cursor);
    visit.cursor = Math.max(visit.startNano, child.startNano);
    open.push(enter(child, visit.cursor, childEnd));
  }
}

function enter(node: TraceNode, startNano: number, endNano: number): Visit {
  return { node, startNano, endNano, children: [...node.children].sort((a, b) => a.endNano - b.endNano), cursor: endNano };
}

/** Takes children off the list until one had ended when the cursor's moment came: those that still ran did not hold it up. */
function nextChild({ startNano, endNano, children, cursor }: Visit): TraceNode | undefined {
  for (let child = children.pop(); child !== undefined; child = children.pop()) {
    if (child.endNano <= startNano) return undefined;
    if (child.startNano < endNano && Math.min(child.endNano, endNano) <= cursor) return child;
  }
  return undefined;
}

function mark(node: TraceNode, fromNano: number, toNano: number): void {
  if (node.span === undefined || toNano <= fromNano) return;
  node.critical.unshift([fromNano, toNano]);
}
