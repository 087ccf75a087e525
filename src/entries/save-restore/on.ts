// What code that the build plugin has transformed imports. Has an effect: it says that such code is there, whichever chunk comes first.

import { patchHandlers, patchListeners } from '../../context/save-restore-events.ts';
import { announceSaveRestore } from '../../context/save-restore-hub.ts';
import {
  patchAnimationFrame,
  patchIdle,
  patchMicrotask,
  patchObservers,
  patchTimers,
  together,
} from '../../context/save-restore-patches.ts';

export {
  carry,
  delegate,
  disposable,
  disposableNow,
  enter,
  exit,
  iterate,
  leave,
  pause,
  resume,
} from '../../context/save-restore-calls.ts';
export { boundToActive } from '../../context/save-restore-patches.ts';

announceSaveRestore(() =>
  together(globalThis, [patchTimers, patchMicrotask, patchAnimationFrame, patchIdle, patchObservers, patchListeners, patchHandlers]),
);
