import { type Signal, signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { App } from './app-state.ts';
import { Icon } from './icon.tsx';
import { narrowQuery, useMedia } from './media.ts';
import { PlayCard } from './play-card.tsx';
import type { PlayScene } from './play-scene.ts';
import { PlayTrace } from './play-trace.tsx';

/** What became of a scene. */
export type PlayRun = { state: 'running' } | { state: 'done'; traceId: string } | { state: 'failed'; text: string };

/** The playground's state: which scene ran last, and what each did. */
export interface PlayState {
  readonly last: Signal<string>;
  readonly runs: Signal<Readonly<Record<string, PlayRun>>>;
  run(scene: PlayScene): Promise<void>;
}

/** Runs scenes and remembers what came of them. */
export function createPlayState(): PlayState {
  const last = signal('');
  const runs = signal<Readonly<Record<string, PlayRun>>>({});
  const set = (id: string, run: PlayRun): void => {
    runs.value = { ...runs.value, [id]: run };
  };
  return {
    last,
    runs,
    async run(scene) {
      last.value = scene.id;
      set(scene.id, { state: 'running' });
      try {
        const made = await scene.run();
        set(scene.id, { state: 'done', traceId: made?.traceId ?? '' });
      } catch (error) {
        set(scene.id, { state: 'failed', text: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
      }
    },
  };
}

/** Tiers above, cards left, the trace of the last run right; on phones below its card. */
export function Play({ app, scenes, state }: { app: App; scenes: readonly PlayScene[]; state: PlayState }): JSX.Element {
  const narrow = useMedia(narrowQuery);
  const groups = useMemo(() => [...new Set(scenes.map((scene) => scene.group))], [scenes]);
  const trace = <PlayTrace app={app} state={state} />;
  return (
    <div class="play">
      <div class="play-head">
        <div class="tiers">
          {app.tiers.value.map((tier, index) => (
            <>
              {index > 0 && <Icon name="next" class="less" />}
              <div class="tier" key={tier.title}>
                <Icon name={tier.runtime} />
                <b>{tier.title}</b>
                <span class="less">{tier.detail}</span>
                <i class={`dot ${tier.state === 'ready' ? '' : tier.state === 'failed' ? 'off' : 'hold'}`} />
                {tier.state}
              </div>
            </>
          ))}
        </div>
        <p>Each button runs the code beside it. The spans of all tiers go through the intake proxy and come out here as one trace.</p>
      </div>
      <div class="cards">
        {groups.map((group) => (
          <section key={group}>
            <h2>{group}</h2>
            {scenes
              .filter((scene) => scene.group === group)
              .map((scene) => (
                <>
                  <PlayCard key={scene.id} app={app} scene={scene} state={state} />
                  {narrow && state.last.value === scene.id && trace}
                </>
              ))}
          </section>
        ))}
      </div>
      {!narrow && trace}
    </div>
  );
}
