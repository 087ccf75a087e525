import { mkdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Bundles a source file of the repository for the Node that runs this, which may be too old to strip types, and imports it.
 * The bundle stands in `.cache/`, below the same `node_modules`, and leaves packages outside, so that the application and the tracer
 * share one copy of the OpenTelemetry API.
 */
export async function importSource(path) {
  const folder = `${root}.cache/conformance/`;
  await mkdir(folder, { recursive: true });
  const outfile = `${folder}${path.replace(/\W/g, '-')}-${process.pid}.mjs`;
  await build({
    entryPoints: [root + path],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outfile,
    logLevel: 'error',
  });
  return { module: await import(pathToFileURL(outfile).href), outfile };
}
