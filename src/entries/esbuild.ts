import { createAsyncContext } from '../transform/async-context.ts';
import type { AsyncContextOptions } from '../transform/async-context-options.ts';
import { createPluginHost } from '../transform/plugin-host.ts';

export type { AsyncContextOptions, ModulePattern } from '../transform/async-context-options.ts';

/** A plugin as esbuild takes it: these types are whole without esbuild's. */
export interface EsbuildPlugin {
  name: string;
  setup(build: object): void | Promise<void>;
}

/**
 * esbuild plugin: the active span survives native `await`, without Zone.js, dependencies included; TypeScript and JSX stay for esbuild. Of
 * all plugins with an `onLoad` that matches a file esbuild asks the first alone: put this one last, and a file that another plugin loads
 * (Vue, Svelte) is not transformed.
 *
 * @throws Error on an unknown `mode`.
 * @example
 * ```ts
 * import { asyncContext } from 'edgespan/esbuild'
 * await build({ entryPoints: ['main.ts'], bundle: true, plugins: [asyncContext()] })
 * ```
 */
export function asyncContext(options?: AsyncContextOptions): EsbuildPlugin {
  return createAsyncContext(createPluginHost(import.meta.url)).esbuild(options);
}
