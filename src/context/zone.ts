import { type ContextManager, diag } from '@opentelemetry/api';
import { ZoneContextManager } from '@opentelemetry/context-zone-peer-dep';
import { isAsyncNative } from './native-async.ts';

/**
 * Context manager on Zone.js, which the application loads itself before anything else. Native `await` loses the zone: the build
 * must lower async functions (Angular's does), or use `asyncContext({ mode: 'lower' })` of `edgespan/vite`.
 *
 * @throws Error where `globalThis.Zone` is absent: nothing would be carried.
 */
export function zoneContextManager(): ContextManager {
  if (!('Zone' in globalThis)) {
    throw new Error(
      "Cannot make a zone context manager as Zone.js must be loaded first: put `import 'zone.js'` at the top of the entry file",
    );
  }
  if (isAsyncNative()) {
    diag.warn(
      "edgespan: Zone.js loses the active span at native await: add asyncContext({ mode: 'lower' }) of edgespan/vite or edgespan/esbuild to the build, or take out Zone.js and add asyncContext()",
    );
  }
  return new ZoneContextManager();
}
