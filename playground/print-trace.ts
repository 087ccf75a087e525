// A trace as a tree, for the terminal.
import type { TraceNode, TraceTree, ViewerSpan } from 'edgespan/viewer';

export function printTrace(tree: TraceTree): string {
  const lines: string[] = [];
  const walk = (node: TraceNode, indent: string, isLast: boolean, isRoot: boolean): void => {
    const branch = isRoot ? '' : `${indent}${isLast ? '└─ ' : '├─ '}`;
    const inner = isRoot ? '' : `${indent}${isLast ? '   ' : '│  '}`;
    lines.push(`${branch}${describe(node)}`);
    for (const note of node.span ? notesOf(node.span) : []) lines.push(`${inner}${node.children.length > 0 ? '│  ' : '   '}${note}`);
    for (const [index, child] of node.children.entries()) walk(child, inner, index === node.children.length - 1, false);
  };
  for (const root of tree.roots) walk(root, '', true, true);
  return lines.join('\n');
}

function describe({ span, spanId }: TraceNode): string {
  if (!span) return `(parent ${spanId} not received)`;
  const millis = (span.durationNano / 1e6).toFixed(1);
  return `${span.resource}  ${millis} ms  ${span.service} [${span.runtime}]${span.error ? '  error' : ''}`;
}

function notesOf({ events, meta }: ViewerSpan): string[] {
  const agent = meta['browser.user_agent'];
  return [
    ...(agent ? [`· browser.user_agent ${agent}`] : []),
    ...events.map(({ name, attributes }) => {
      const shown = Object.entries(attributes).filter(([key]) => !key.endsWith('stacktrace'));
      return `${name === 'exception' ? '!' : '◆'} ${name} ${shown.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(' ')}`;
    }),
  ];
}
