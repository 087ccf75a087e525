import type { TraceNode } from '../trace-node.ts';
import type { ViewerClient } from '../viewer-span.ts';
import { formatDuration, formatPlural, formatShare } from './format.ts';
import { sumLedger } from './ledger-sum.ts';
import type { TraceView } from './trace-view.ts';

/** A sentence with a number, about a span to look at. */
export interface Hint {
  text: string;
  spanId: string;
}

const maxHints = 3;
const minRun = 3;
const minRunShare = 0.05;
const minFailureShare = 0.1;

/** What stands out in a trace: calls in a row that could run at once, failures that cost time, parents that are missing. Three at most. */
export function findHints(view: TraceView, clients: readonly ViewerClient[]): Hint[] {
  return [...longestRun(view), ...costlyFailure(view), ...missingParents(view, clients)].slice(0, maxHints);
}

/** The longest row of siblings with the same operation, each begun after the one before had ended. */
function longestRun(view: TraceView): Hint[] {
  const total = view.tree.durationNano;
  let best: { first: TraceNode; count: number } | undefined;
  let bestNano = total * minRunShare;
  for (const { children } of view.tree.nodes) {
    let first: TraceNode | undefined;
    let last: TraceNode | undefined;
    let count = 0;
    for (const child of children) {
      const goesOn = last?.span && child.span?.name === last.span.name && child.startNano >= last.endNano;
      if (!goesOn) {
        first = child;
        count = 0;
      }
      count++;
      last = child;
      const nano = child.endNano - (first ?? child).startNano;
      if (first && count >= minRun && isOutgoing(child) && nano > bestNano) {
        best = { first, count };
        bestNano = nano;
      }
    }
  }
  if (!best) return [];
  const { first, count } = best;
  return [
    { text: `${count} ${first.span?.name} one after another, ${formatDuration(bestNano)}: start them at once`, spanId: first.spanId },
  ];
}

/** Steps of one's own work are in a row on purpose; calls to others often are not. */
function isOutgoing(node: TraceNode): boolean {
  return node.span !== undefined && node.span.name !== 'internal' && !/server|consumer/.test(node.span.meta['span.kind'] ?? '');
}

/** The resource whose failures, where they began, took the largest part of the trace. */
function costlyFailure(view: TraceView): Hint[] {
  const byResource = new Map<string, TraceNode[]>();
  for (const node of view.failed) {
    if (node.children.some((child) => child.span?.error === 1) || !node.span) continue;
    const nodes = byResource.get(node.span.resource) ?? [];
    nodes.push(node);
    byResource.set(node.span.resource, nodes);
  }
  let best: { nodes: TraceNode[]; nano: number } | undefined;
  for (const nodes of byResource.values()) {
    const nano = nodes.reduce((sum, node) => sum + node.endNano - node.startNano, 0);
    if (nano > (best?.nano ?? view.tree.durationNano * minFailureShare)) best = { nodes, nano };
  }
  const first = best?.nodes[0];
  if (!best || !first?.span) return [];
  const times = best.nodes.length === 1 ? 'failed' : `failed ${best.nodes.length} times`;
  return [
    {
      text: `${first.span.resource} ${times}: ${formatDuration(best.nano)}, ${formatShare(best.nano, view.tree.durationNano)} of the trace`,
      spanId: first.spanId,
    },
  ];
}

function missingParents(view: TraceView, clients: readonly ViewerClient[]): Hint[] {
  const ghosts = view.tree.nodes.filter((node) => !node.span);
  const [first] = ghosts;
  if (!first) return [];
  const children = ghosts.flatMap((ghost) => ghost.children);
  const lossy = clients.find((client) => client.service === children[0]?.span?.service && sumLedger([client]).lost > 0);
  const loss = lossy ? sumLedger([lossy]) : undefined;
  const reason = loss ? `; ${lossy?.service} lost ${formatPlural(loss.lost, 'span')} (${loss.reasons})` : '';
  return [{ text: `Parent of ${formatPlural(children.length, 'span')} missing${reason}`, spanId: first.spanId }];
}
