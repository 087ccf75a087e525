// The library's part of a page that loads the rest later: no transformed code in it.
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { saveRestoreContextManager } from '../../../../src/context/save-restore.ts';

const key = createContextKey('late');

Object.assign(globalThis, {
  registerLate: () => void context.setGlobalContextManager(saveRestoreContextManager().enable()),
  inLate: (name: string, fn: () => unknown) => context.with(ROOT_CONTEXT.setValue(key, name), fn),
  activeLate: () => context.active().getValue(key),
});
