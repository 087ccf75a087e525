import type { Plugin } from 'vite';
import { type AsyncContextOptions, createAsyncContext } from '../transform/async-context.ts';
import { createPluginHost } from '../transform/plugin-host.ts';

export type { AsyncContextOptions } from '../transform/async-context.ts';

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
export function asyncContext(options?: AsyncContextOptions): Plugin | Plugin[] {
  return createAsyncContext(createPluginHost(import.meta.url)).vite(options);
}
