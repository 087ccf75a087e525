// Which room of src may import which. The table is the rule; src/README.md says it in words.
import type { Import, SourceFile } from './source-tree.ts';

interface Allowed {
  /** Rooms, or files of a room without `.ts`, whose values and types may be imported. A room may always import itself. */
  values: string[];
  /** The same, for `import type` alone. */
  types?: string[];
  /** Packages and `node:` modules beside `@opentelemetry/api`. */
  packages?: string[];
}

// Leaves of `trace` without state: how ids, texts and hashes are made, once for all rooms.
const leaves = ['trace/limits', 'trace/local-trace', 'trace/print-ids', 'trace/cut-text', 'trace/json', 'trace/sampling-hash'];
const receiver = [
  'datadog',
  'redact',
  'trace/limits',
  'export/envelope',
  'export/envelope-parse',
  'export/retry',
  'export/fetch-transport',
];
// The viewer takes what the proxy takes, judged by the same code.
const intake = ['answer', 'cors', 'inflate', 'judge', 'read-body', 'validate', 'upstream/upstream-url'].map((file) => `proxy/${file}`);

export const rooms: Record<string, Allowed> = {
  trace: { values: [] },
  context: { values: [], packages: ['node:async_hooks', '@opentelemetry/context-zone-peer-dep', 'zone.js'] },
  redact: { values: [] },
  runtime: { values: [], packages: ['node:http', 'node:process', 'node:stream'] },
  transform: { values: [], packages: ['magic-string', 'oxc-parser', 'unplugin', 'vite', 'esbuild', 'node:', '(computed)'] },
  propagation: { values: ['trace/local-trace', 'trace/print-ids'] },
  export: { values: leaves, types: ['trace'], packages: ['fflate'] },
  datadog: { values: leaves, types: ['trace'], packages: ['@msgpack/msgpack'] },
  instrument: { values: ['propagation'] },
  proxy: { values: receiver, packages: ['bowser', 'fflate', 'jose', 'prom-client', '@msgpack/msgpack'] },
  viewer: {
    values: [...receiver, ...intake],
    packages: ['fflate', '@msgpack/msgpack', 'preact', '@preact/signals', '@tanstack/virtual-core'],
  },
  sdk: { values: ['trace', 'propagation', 'export', 'datadog'] },
  cli: { values: ['proxy', 'viewer', 'runtime'], packages: ['commander', 'node:'] },
  entries: {
    values: [
      'trace',
      'context',
      'redact',
      'runtime',
      'transform',
      'propagation',
      'export',
      'datadog',
      'instrument',
      'proxy',
      'viewer',
      'sdk',
      'cli',
    ],
    packages: ['node:', 'fflate'],
  },
};

const isIn = (target: string, places: string[]): boolean =>
  places.some((place) => target === `${place}.ts` || (!place.includes('/') && target.startsWith(`${place}/`)));

function isAllowed(room: string, { target, isInside, isTypeOnly }: Import): boolean {
  const { values, types = [], packages = [] } = rooms[room] ?? { values: [] };
  if (isInside) return target.startsWith(`${room}/`) || isIn(target, values) || (isTypeOnly && isIn(target, types));
  return ['@opentelemetry/api', ...packages].some(
    (name) => target === name || (name === 'node:' && target.startsWith('node:')) || target.startsWith(`${name}/`),
  );
}

/** One sentence per import that the table does not allow. */
export function forbiddenImports(files: SourceFile[]): string[] {
  return files.flatMap((file) =>
    rooms[file.room] === undefined
      ? [`src/${file.path} is in no room`]
      : file.imports
          .filter((entry) => !isAllowed(file.room, entry))
          .map((entry) => `src/${file.path} may not import ${entry.isTypeOnly ? 'the types of ' : ''}${entry.target}`),
  );
}

/** Each ring of imports once, types counted, as the paths on it. */
export function importCycles(files: SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, way: string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) {
      cycles.push([...way.slice(start), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const { target } of byPath.get(path)?.imports ?? []) if (byPath.has(target)) walk(target, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  return cycles;
}

/** What is loaded when `door` is imported: packages and `node:` modules, each with the file that asks for it. Types are gone by then. */
export function loadedPackages(files: SourceFile[], door: string, withDynamic: boolean): Map<string, string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const packages = new Map<string, string>();
  const queue = [door];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const entry of byPath.get(path)?.imports ?? []) {
      if (entry.isTypeOnly || (entry.isDynamic && !withDynamic)) continue;
      if (entry.isInside) queue.push(entry.target);
      else packages.set(entry.target, path);
    }
  }
  return packages;
}
