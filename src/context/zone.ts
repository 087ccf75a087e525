import type { ContextManager } from '@opentelemetry/api';
import { ZoneContextManager } from '@opentelemetry/context-zone-peer-dep';

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
  return new ZoneContextManager();
}
