export { saveRestoreContextManager, saveRestoreLoaded } from '../context/save-restore.ts';
export { patchHandlers, patchListeners } from '../context/save-restore-events.ts';
export { announceSaveRestore, type SaveRestoreHub } from '../context/save-restore-hub.ts';
export {
  boundToActive,
  type InstallPatch,
  patchAnimationFrame,
  patchIdle,
  patchMicrotask,
  patchObservers,
  patchPromiseThen,
  patchTimers,
  together,
} from '../context/save-restore-patches.ts';
export type { AttachedContext } from '../context/stack.ts';
