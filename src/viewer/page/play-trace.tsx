import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { App } from './app-state.ts';
import { Detail } from './detail.tsx';
import { formatDuration, formatPlural } from './format.ts';
import { ErrorPill } from './icon.tsx';
import { useKeys } from './keys.ts';
import type { PlayState } from './play-state.ts';
import { formatRoute } from './route.ts';
import { Waterfall } from './waterfall.tsx';
import type { WaterfallOwner } from './waterfall-keys.ts';
import { createWaterfallState } from './waterfall-state.ts';

/** The trace of the last run, as the trace page shows it, with the detail below. */
export function PlayTrace({ app, state }: { app: App; state: PlayState }): JSX.Element {
  void app.bookVersion.value;
  const run = state.runs.value[state.last.value];
  const traceId = run?.state === 'done' ? run.traceId : '';
  const entry = app.book.entries.get(traceId);
  const waterfall = useMemo(() => createWaterfallState(''), [traceId]);
  const shown = useSignal('');
  useKeys(app.keys, (event) => waterfall.keys.current?.(event) ?? false);
  if (!entry) {
    const text = !run
      ? 'Run a card: its trace appears here.'
      : run.state === 'failed'
        ? 'It failed before it made a trace.'
        : 'Waiting for the first span.';
    return <div class="play-trace none less">{traceId || run?.state !== 'done' ? text : 'This one makes no trace to show.'}</div>;
  }
  const view = app.book.view(entry, app.marks.raw.value);
  const node = view.tree.nodes.find((candidate) => candidate.spanId === shown.value) ?? view.root;
  // The root may come last: until somebody moves, the cursor goes to it as the detail does.
  if (node) waterfall.cursor.value = node.spanId;
  const owner: WaterfallOwner = {
    app,
    view,
    state: waterfall,
    shown: node?.spanId ?? '',
    onShow: (next) => {
      shown.value = next;
    },
  };
  const span = view.root?.span;
  return (
    <div class="play-trace">
      <div class="play-title">
        <h2 class="cut">{span?.resource}</h2>
        {span?.error === 1 && <ErrorPill />}
        <span class="less">
          {formatDuration(view.tree.durationNano)} · {formatPlural(entry.spans.size, 'span')} ·{' '}
          {view.runtimes
            .map((share) => share.key)
            .filter(Boolean)
            .join(' → ')}
        </span>
        <span class="grow" />
        <a href={formatRoute({ page: 'trace', traceId, spanId: '', filter: '' })}>Open the trace</a>
      </div>
      <Waterfall owner={owner} />
      {node && <Detail owner={owner} node={node} closable={false} />}
    </div>
  );
}
