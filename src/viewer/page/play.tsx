import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { App } from './app-state.ts';
import { Icon } from './icon.tsx';
import { narrowQuery, useMedia } from './media.ts';
import { PlayCard } from './play-card.tsx';
import type { PlayScene } from './play-scene.ts';
import type { PlayState } from './play-state.ts';
import { PlayTrace } from './play-trace.tsx';

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
