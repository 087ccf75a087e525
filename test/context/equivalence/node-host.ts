import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { saveRestoreContextManager } from '../../../src/context/save-restore.ts';
import * as calls from '../../../src/context/save-restore-calls.ts';
import { boundToActive } from '../../../src/context/save-restore-patches.ts';
import type { TraceHost } from './trace-program.ts';

/** Programs in this realm, on the run-time and context manager of `src`. */
export function createTraceHost(): TraceHost {
  const manager = saveRestoreContextManager().enable();
  const key = createContextKey('name');
  return {
    require: () => ({ ...calls, boundToActive }),
    active: () => manager.active().getValue(key) as string | undefined,
    run: (name, fn) => manager.with(ROOT_CONTEXT.setValue(key, name), fn),
  };
}
