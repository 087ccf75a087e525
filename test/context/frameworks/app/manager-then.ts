import { patchPromiseThen } from '../../../../src/context/save-restore-patches.ts';
import { setUp as setUpSaveRestore } from './manager-save-restore.ts';

/** With `Promise.prototype.then` patched, for the bench: what it costs. */
export function setUp(): unknown {
  patchPromiseThen(globalThis);
  return setUpSaveRestore();
}
