// The built library beside this folder's own copies of the API: dist is copied in, for a link would find the root's API.
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const folder = fileURLToPath(new URL('.', import.meta.url));

rmSync(`${folder}node_modules/edgespan`, { recursive: true, force: true });
cpSync(fileURLToPath(new URL('../../../dist', import.meta.url)), `${folder}node_modules/edgespan`, { recursive: true });

/** Bundles an application whose `api` and the library's `@opentelemetry/api` are the copies named here. */
export async function bundleWithCopies(contents, { library, application, platform = 'node' }) {
  const copies = {
    name: 'copies',
    setup(setup) {
      setup.onResolve({ filter: /^(@opentelemetry\/api|application-api)$/ }, ({ path, importer, kind, pluginData }) => {
        if (pluginData === 'resolved') return undefined;
        const isLibrary = importer.includes('/node_modules/edgespan/');
        const copy = isLibrary || path === '@opentelemetry/api' ? library : application;
        return setup.resolve(copy, { kind, resolveDir: folder, pluginData: 'resolved' });
      });
    },
  };
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'esm',
    platform,
    mainFields: ['module', 'main'],
    conditions: ['import'],
    plugins: [copies],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].text;
}
