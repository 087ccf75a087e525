import { render } from 'preact';
import { type AppOptions, createApp } from './app-state.ts';
import { Frame } from './frame.tsx';
import { listenForKeys } from './keys.ts';
import type { PlayTier } from './play-scene.ts';

/** A mounted viewer. */
export interface MountedViewer {
  /** Draws the playground's tiers anew. */
  setTiers(tiers: readonly PlayTier[]): void;
  unmount(): void;
}

/** Puts the viewer into an element and opens its stream. The page needs `page.css`. */
export function mountViewer(element: HTMLElement, options: AppOptions): MountedViewer {
  const app = createApp(options);
  element.classList.add('edgespan-viewer');
  render(<Frame app={app} />, element);
  const stopKeys = listenForKeys(app);
  const stop = app.start();
  return {
    setTiers(tiers) {
      app.tiers.value = tiers;
    },
    unmount() {
      stop();
      stopKeys();
      render(null, element);
    },
  };
}
