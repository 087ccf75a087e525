import type { TraceNode } from '../trace-node.ts';
import type { App } from './app-state.ts';
import { moveIndex } from './keys.ts';
import type { TraceView } from './trace-view.ts';
import { reveal, setFolded, type WaterfallState, zoomTo } from './waterfall-state.ts';

/** A waterfall and what its owner does with it. */
export interface WaterfallOwner {
  app: App;
  view: TraceView;
  state: WaterfallState;
  /** The span whose detail is open; empty if none. */
  shown: string;
  /** Opens the detail of a span; empty closes it. */
  onShow(spanId: string): void;
}

/** Acts on a key; false if it means nothing here. */
export function waterfallKey(owner: WaterfallOwner, nodes: readonly TraceNode[], pageRows: number, event: KeyboardEvent): boolean {
  const { app, view, state } = owner;
  const index = nodes.findIndex((node) => node.spanId === state.cursor.value);
  const node = nodes[index];
  if (event.key === 'e' || event.key === 'E') return moveToError(owner, event);
  const next = moveIndex(event, index, nodes.length, pageRows, () => false);
  if (next !== undefined) return moveTo(owner, nodes[next]);
  switch (event.key) {
    case 'Enter':
      if (node) owner.onShow(node.spanId);
      return node !== undefined;
    case 'ArrowLeft':
      if (node && node.children.length > 0 && !state.folded.value.has(node.spanId)) setFolded(state, node.spanId, true);
      else if (node?.parent) moveTo(owner, node.parent);
      return true;
    case 'ArrowRight':
      if (node && state.folded.value.has(node.spanId)) setFolded(state, node.spanId, false);
      else if (node?.children[0]) moveTo(owner, node.children[0]);
      return true;
    case 'z':
      if (node) zoomTo(state, view, node);
      return true;
    case '0':
      state.zoom.value = undefined;
      return true;
    case 'c':
    case 'g':
    case 'r': {
      const mark = event.key === 'c' ? app.marks.critical : event.key === 'g' ? app.marks.gaps : app.marks.raw;
      mark.value = !mark.value;
      return true;
    }
    case 'Escape':
      if (!owner.shown) return false;
      owner.onShow('');
      return true;
    default:
      return false;
  }
}

function moveTo(owner: WaterfallOwner, node: TraceNode | undefined): boolean {
  if (!node) return false;
  owner.state.cursor.value = node.spanId;
  // Moving never opens; what is open follows.
  if (owner.shown) owner.onShow(node.spanId);
  return true;
}

/** Also those in folded parts. */
function moveToError(owner: WaterfallOwner, event: KeyboardEvent): boolean {
  const { nodes } = owner.view.tree;
  const at = nodes.findIndex((node) => node.spanId === owner.state.cursor.value);
  const next = moveIndex(event, at, nodes.length, 1, (index) => nodes[index]?.span?.error === 1);
  const node = next === undefined ? undefined : nodes[next];
  if (node) reveal(owner.state, node);
  return moveTo(owner, node);
}
