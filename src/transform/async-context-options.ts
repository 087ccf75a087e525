// What the build plugin takes, in types of this package's own: unplugin's name bundlers that an application has no reason to have.

/** Globs or expressions over the ids of modules. */
export type ModulePattern = string | RegExp | readonly (string | RegExp)[];

/** Options of `asyncContext()` in `edgespan/vite` and `edgespan/esbuild`. */
export interface AsyncContextOptions {
  /** Modules to transform, as globs or expressions over their ids. Default: all, dependencies included. */
  include?: ModulePattern;
  /** Modules to leave alone. Default: none. */
  exclude?: ModulePattern;
  /**
   * `'save-restore'` (default): async functions stay native and carry the active context themselves; no Zone.js. `'lower'`: for pages that keep
   * Zone.js, async functions become generators, so that Zone.js can follow them; needs `@swc/core` or `@babel/core` with two plugins.
   */
  mode?: 'save-restore' | 'lower';
  /** `'save-restore'` only: also bind the callbacks of `.then()`, `.catch()` and `.finally()`. Default false. */
  promises?: boolean;
}
