import { createAsyncContext } from '../transform/async-context.ts';
import type { AsyncContextOptions } from '../transform/async-context-options.ts';
import { createPluginHost } from '../transform/plugin-host.ts';

export type { AsyncContextOptions, ModulePattern } from '../transform/async-context-options.ts';

/** A plugin as Vite takes it, in Vite's least form: these types are whole without Vite's. */
export interface VitePlugin {
  name: string;
}

/**
 * Vite plugin: the active span survives native `await`, without Zone.js, in dev server and build alike, dependencies included. Code for servers
 * is left alone. For workers in a build name it in `worker.plugins`, too.
 *
 * @throws Error on an unknown `mode`.
 * @example
 * ```ts
 * // vite.config.ts
 * import { asyncContext } from 'edgespan/vite'
 * export default { plugins: [asyncContext()] }
 * ```
 */
export function asyncContext(options?: AsyncContextOptions): VitePlugin | VitePlugin[] {
  return createAsyncContext(createPluginHost(import.meta.url)).vite(options);
}
