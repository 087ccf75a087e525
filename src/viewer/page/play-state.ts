import { type Signal, signal } from '@preact/signals';
import type { PlayScene } from './play-scene.ts';

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
