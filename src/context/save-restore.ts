import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { runIn, saveRestoreHub } from './save-restore-hub.ts';
import { type AttachedContext, attached, bindWith } from './stack.ts';

/** Whether code that the build plugin has transformed was loaded so far: without it the manager is right until the first `await` only. */
export function saveRestoreLoaded(): boolean {
  return saveRestoreHub().patch !== undefined;
}

/**
 * Context manager of browsers without Zone.js. Alone it is a synchronous stack; with code that `asyncContext()` of `edgespan/vite` or
 * `edgespan/esbuild` has transformed, the active context survives every `await`, and timers, events and observers see the context they
 * were registered in. It does not matter whether manager or transformed code comes first, nor in which chunk either is.
 *
 * @example
 * ```ts
 * import { register } from 'edgespan/browser'
 * import { saveRestoreContextManager } from 'edgespan/save-restore'
 *
 * register({ service: 'shop-web', contextManager: saveRestoreContextManager() }) // the default in browsers
 * ```
 * @see https://github.com/open-telemetry/opentelemetry-js/issues/1502
 */
export function saveRestoreContextManager(): ContextManager & { attach(context: Context): AttachedContext } {
  const hub = saveRestoreHub();
  let enabled = false;
  return {
    active: () => hub.c ?? ROOT_CONTEXT,
    with(context, fn, thisArg, ...args) {
      return runIn(hub, context, fn as unknown as (...args: never[]) => ReturnType<typeof fn>, thisArg, args);
    },
    bind<T>(context: Context, target: T): T {
      return bindWith(this, context, target);
    },
    attach(context) {
      const before = hub.c;
      hub.c = context;
      return attached(() => {
        hub.c = before;
      });
    },
    enable() {
      if (!enabled) {
        enabled = true;
        hub.on++;
        if (hub.patch) hub.undo ??= hub.patch();
      }
      return this;
    },
    disable() {
      if (enabled) {
        enabled = false;
        if (!--hub.on) {
          hub.undo?.();
          hub.undo = hub.c = undefined;
        }
      }
      return this;
    },
  };
}
