// Sizes of what a user's file becomes: bundled and minified by esbuild, gzipped at level 9, the API external, lazy chunks apart.
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export interface SizeCase {
  name: string;
  /** The user's file. */
  source: string;
  /** What was wished for, gzipped: 1 KB = 1,000 B. By how much it is missed, and why, stands in docs/size.md. */
  goalBytes?: number;
  /** Gate: what it was when it was last decided on, and a hundredth. A change that needs more says why on this line. */
  limitBytes?: number;
  external?: string[];
}

export interface Size {
  minifiedBytes: number;
  gzipBytes: number;
  /** Chunks fetched later, if at all: gzipped bytes by name. */
  lazy: Record<string, number>;
  /** What the chunks are, for people: a package or a file of ours. */
  lazyNames: Record<string, string>;
  /** Minified bytes by source file, largest first. */
  parts: [source: string, minifiedBytes: number][];
  /** The files loaded at once, by name; the first is the entry. */
  files: Map<string, string>;
}

const register = (more: string): string =>
  `import { register, intake${more && ', webInstrumentations'} } from 'edgespan/browser';
export const tracing = register({ service: 'shop', exporter: intake({ url: '/t' })${more} });`;

export const sizeCases = {
  browser: { name: '`register` with `intake`', source: register(''), goalBytes: 6_500, limitBytes: 16_400 },
  web: {
    name: '… and `webInstrumentations()`',
    source: register(', instrumentations: webInstrumentations()'),
    goalBytes: 9_000,
    limitBytes: 19_100,
  },
  workers: {
    name: '`edgespan/workers`',
    source: `import { instrument, intake } from 'edgespan/workers';
const handler = { fetch: () => new Response('ok') };
export default instrument(handler, (env) => ({ service: 'api', exporter: intake({ binding: env.INTAKE }) }));`,
    goalBytes: 8_500,
    limitBytes: 27_600,
    external: ['node:async_hooks'],
  },
  zone: {
    name: '`edgespan/zone`, without Zone.js and its context manager',
    source: "export { zoneContextManager } from 'edgespan/zone';",
    external: ['zone.js', '@opentelemetry/context-zone-peer-dep'],
  },
  gzip: { name: '`edgespan/gzip`', source: "export { gzip } from 'edgespan/gzip';" },
  otelSdk: { name: '`edgespan/otel-sdk`', source: "export { fromSpanExporter, fromSpanProcessor } from 'edgespan/otel-sdk';" },
  saveRestore: { name: '`edgespan/save-restore`', source: "export * from 'edgespan/save-restore';" },
} satisfies Record<string, SizeCase>;

const gzipBytes = (text: string): number => gzipSync(text, { level: 9 }).byteLength;

const readableName = (path: string): string =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.replace(/^src\/|\.[jt]s$/g, '');

/** Bundles the case as a user's bundler would; throws where it cannot be bundled. */
export async function measureSize({ source, external = [] }: SizeCase): Promise<Size> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), sourcefile: 'user.js' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external: ['@opentelemetry/api', ...external],
    outdir: 'out',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const texts = new Map(outputFiles.map((file) => [basename(file.path), file.text]));
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const entry = [...outputs].find(([, output]) => output.entryPoint !== undefined && !output.entryPoint.startsWith('node_modules'))?.[0];
  const atOnce = new Set<string>();
  const load = (name: string | undefined): void => {
    if (name === undefined || atOnce.has(name)) return;
    atOnce.add(name);
    for (const { kind, path, external: isExternal } of outputs.get(name)?.imports ?? [])
      if (kind === 'import-statement' && !isExternal) load(basename(path));
  };
  load(entry);

  const files = new Map([...atOnce].map((name) => [name, texts.get(name) ?? '']));
  const sum = (count: (text: string) => number): number => [...files.values()].reduce((total, text) => total + count(text), 0);
  const parts = [...atOnce].flatMap((name) => Object.entries(outputs.get(name)?.inputs ?? {}));
  return {
    minifiedBytes: sum((text) => Buffer.byteLength(text)),
    gzipBytes: sum(gzipBytes),
    lazy: Object.fromEntries([...texts].filter(([name]) => !atOnce.has(name)).map(([name, text]) => [name, gzipBytes(text)])),
    lazyNames: Object.fromEntries([...outputs].map(([name, { entryPoint }]) => [name, readableName(entryPoint ?? name)])),
    parts: parts.map(([path, { bytesInOutput }]): [string, number] => [path, bytesInOutput]).toSorted(([, a], [, b]) => b - a),
    files,
  };
}
