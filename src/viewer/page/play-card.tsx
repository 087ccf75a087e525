import type { JSX } from 'preact';
import type { App } from './app-state.ts';
import { Code } from './code.tsx';
import { formatDuration, formatPlural } from './format.ts';
import { Icon } from './icon.tsx';
import type { PlayScene } from './play-scene.ts';
import type { PlayRun, PlayState } from './play-state.ts';

/** A scene: title, button, code, and what came of it. */
export function PlayCard({ app, scene, state }: { app: App; scene: PlayScene; state: PlayState }): JSX.Element {
  const run = state.runs.value[scene.id];
  const last = state.last.value === scene.id;
  return (
    <article class={`card ${last ? 'last' : ''}`} data-scene={scene.id}>
      <div class="card-head">
        <h3>{scene.title}</h3>
        <button
          type="button"
          class={`button ${last ? 'main' : ''}`}
          disabled={run?.state === 'running'}
          onClick={() => void state.run(scene)}
        >
          <Icon name="play" />
          Run<span class="sr"> {scene.title}</span>
        </button>
      </div>
      <Code text={scene.code} />
      {run && (
        <div class="card-out" role="status">
          <Outcome app={app} run={run} />
        </div>
      )}
    </article>
  );
}

function Outcome({ app, run }: { app: App; run: PlayRun }): JSX.Element {
  void app.bookVersion.value;
  if (run.state === 'running') return <>Running</>;
  if (run.state === 'failed')
    return (
      <span class="bad">
        <Icon name="error" /> {run.text}
      </span>
    );
  const entry = app.book.entries.get(run.traceId);
  if (!entry) return <>{run.traceId ? 'Done; its spans are on their way' : 'Done'}</>;
  const summary = app.book.summary(entry);
  const { ghostCount } = app.book.view(entry, false);
  return (
    <>
      <Icon name="done" />
      {formatPlural(summary.spanCount, 'span')}, {formatDuration(summary.duration)}
      {ghostCount > 0 && `, ${formatPlural(ghostCount, 'parent')} missing`}
    </>
  );
}
