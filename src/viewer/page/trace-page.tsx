import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { App } from './app-state.ts';
import { copyLink, Detail } from './detail.tsx';
import { useKeys } from './keys.ts';
import { formatRoute } from './route.ts';
import type { TraceEntry } from './trace-book.ts';
import { TraceHead } from './trace-head.tsx';
import { Waterfall } from './waterfall.tsx';
import type { WaterfallOwner } from './waterfall-keys.ts';
import { createWaterfallState } from './waterfall-state.ts';

/** One trace with the detail of the span in the address. */
export function TracePage({ app, traceId, spanId }: { app: App; traceId: string; spanId: string }): JSX.Element {
  void app.bookVersion.value;
  const entry = app.book.entries.get(traceId);
  if (!entry) return <Missing app={app} traceId={traceId} />;
  return <Found key={traceId} app={app} entry={entry} spanId={spanId} />;
}

function Found({ app, entry, spanId }: { app: App; entry: TraceEntry; spanId: string }): JSX.Element {
  void app.bookVersion.value;
  const traceId = entry.id;
  const state = useMemo(() => createWaterfallState(spanId), [traceId]);
  const view = app.book.view(entry, app.marks.raw.value);
  if (!state.cursor.value) state.cursor.value = view.tree.nodes[0]?.spanId ?? '';
  // One object while nothing changes, so that rows are not drawn again for a scroll.
  const owner = useMemo<WaterfallOwner>(
    () => ({
      app,
      view,
      state,
      shown: spanId,
      onShow: (next) => app.go({ page: 'trace', traceId, spanId: next, filter: app.filter.value }, true),
    }),
    [app, view, state, spanId],
  );
  useKeys(app.keys, (event) => pageKey(owner, traceId, event));
  const node = spanId ? view.tree.nodes.find((candidate) => candidate.spanId === spanId) : undefined;
  return (
    <div class="trace-page">
      <TraceHead owner={owner} traceId={traceId} />
      <Waterfall owner={owner} />
      {node && <Detail owner={owner} node={node} closable />}
    </div>
  );
}

/** The page's own keys, after those of the waterfall. */
function pageKey(owner: WaterfallOwner, traceId: string, event: KeyboardEvent): boolean {
  const { app, state } = owner;
  if (event.key === 'y') copyLink(owner, state.cursor.value);
  else if (event.key === '[' || event.key === ']') {
    const traces = app.listed.value;
    const at = traces.findIndex((trace) => trace.id === traceId);
    const next = traces[at + (event.key === ']' ? 1 : -1)];
    if (next) app.go({ page: 'trace', traceId: next.id, spanId: '', filter: app.filter.value });
  } else if (state.keys.current?.(event)) return true;
  else if (event.key === 'Escape') app.go({ page: 'traces', filter: app.filter.value });
  else return false;
  return true;
}

function Missing({ app, traceId }: { app: App; traceId: string }): JSX.Element {
  return (
    <div class="empty">
      <div>
        <h1>This trace is not here</h1>
        <p class="lead">
          <code>{traceId}</code> was not received, or had to make room for newer ones. It opens by itself when its first span comes.
        </p>
        <a href={formatRoute({ page: 'traces', filter: app.filter.value })}>Back to the list</a>
      </div>
    </div>
  );
}
