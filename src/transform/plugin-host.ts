import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PluginHost } from './async-context.ts';

/** The plugin's surroundings on Node (also Deno and Bun); `doorUrl`: `import.meta.url` of the door, beside which the run-time's door stands. */
export function createPluginHost(doorUrl: string): PluginHost {
  return {
    runTimeFile: fileURLToPath(new URL(`save-restore/on${/\.[^.]+$/.exec(doorUrl)?.[0]}`, doorUrl)),
    ownFolder: fileURLToPath(new URL('..', doorUrl)),
    loadPackage: async (name) => {
      const file = createRequire(resolve('package.json')).resolve(name);
      const loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
      return loaded.default ?? loaded;
    },
  };
}
