import { type GlobalFetchOptions, globalFetchInstrumentation } from '../global-fetch.ts';
import type { Instrumentation } from '../instrumentation.ts';

/**
 * Outgoing `fetch` of a Worker. The global is the isolate's, which serves many requests and handlers: only calls below an active span
 * are traced, all others pass through. May be enabled at module scope and as often as there are handlers.
 */
export function workersFetchInstrumentation(options: Omit<GlobalFetchOptions, 'requireParent'> = {}): Instrumentation<GlobalFetchOptions> {
  return globalFetchInstrumentation({ ...options, requireParent: true });
}
