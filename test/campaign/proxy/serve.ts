import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build, type Plugin } from 'esbuild';
import type { AppEnvironment } from './proxy-app.ts';

/** What campaigns measure; Bun is served too. */
export const hosts = ['workerd', 'deno', 'node'] as const;
export type HostName = (typeof hosts)[number] | 'bun';

/** A process that serves, and what the kernel knows of it. */
export interface ServedProcess {
  readonly url: string;
  /** User and system time so far, all threads. */
  cpuMillis(): number;
  /** The most memory it ever had: VmHWM. */
  peakMebibytes(): number;
  /** How it ended, where it did. */
  ended(): string | undefined;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** A module with `createApp`, what is served. Default: the campaigns' own. */
  readonly app?: string;
  /** Takes what the process says on stderr; default: it is passed on. */
  readonly onStderr?: (text: string) => void;
  /** Serves a Worker as one is that has no Node compatibility, and so no zlib of its host. */
  readonly withoutZlib?: boolean;
}

const builtInZlibFile = join(import.meta.dirname, '../../../src/runtime/built-in-zlib.ts');
const bin = join(import.meta.dirname, '../../../node_modules');
const commands = { workerd: join(bin, '.bin/workerd'), deno: join(bin, '.bin/deno'), node: process.execPath, bun: join(bin, '.bin/bun') };

/** Serves the proxy in a fresh process of a runtime, from the sources, bundled. */
export async function serveProxy(host: HostName, env: AppEnvironment, options: ServeOptions = {}): Promise<ServedProcess> {
  const { app = join(import.meta.dirname, 'proxy-app.ts'), onStderr, withoutZlib = false } = options;
  if (withoutZlib && host !== 'workerd') throw new Error(`Cannot serve without zlib on ${host} as only workerd can be set up so`);
  const folder = await mkdtemp(join(tmpdir(), 'edgespan-campaign-'));
  const outfile = join(folder, 'app.mjs');
  const served = join(import.meta.dirname, `hosts/${host}.ts`);
  await build({
    stdin: {
      contents: `import { createApp } from ${JSON.stringify(app)};
        import { serve } from ${JSON.stringify(served)};
        export default serve(createApp());`,
      resolveDir: import.meta.dirname,
    },
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['node:*', '@opentelemetry/api'],
    plugins: [countInflated()],
    logLevel: 'error',
  });
  if (host === 'workerd') writeFileSync(join(folder, 'config.capnp'), workerdConfig(env, withoutZlib));
  const args = {
    workerd: ['serve', join(folder, 'config.capnp'), '--control-fd=3'],
    deno: ['run', '-A', '--no-config', '--no-lock', outfile],
    node: [outfile],
    bun: [outfile],
  }[host];
  const stderr = onStderr === undefined ? 'inherit' : 'pipe';
  const child = spawn(commands[host], args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', stderr, 'pipe'] });
  if (onStderr !== undefined) child.stderr!.setEncoding('utf8').on('data', onStderr);
  return watch(child, host === 'workerd' ? (child.stdio[3] as Readable) : child.stdout!, () =>
    rm(folder, { recursive: true, force: true }),
  );
}

/** Serves what stands in for an Agent. */
export function serveSink(): Promise<ServedProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'sink.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  return watch(child, child.stdout, async () => {});
}

async function watch(child: ChildProcess, said: Readable, clean: () => Promise<void>): Promise<ServedProcess> {
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) =>
    child.once('exit', (code, signal) => {
      ended = `${code ?? signal}`;
      resolve();
    }),
  );
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('did not start within 20 s')), 20_000);
    void exited.then(() => reject(new Error(`ended at once: ${child.spawnargs.join(' ')}`)));
    createInterface({ input: said }).on('line', (line) => {
      const found = /port"?:? ?(\d+)/.exec(line)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(Number(found));
    });
  });
  const proc = (file: string): string => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  return {
    url: `http://127.0.0.1:${port}`,
    cpuMillis() {
      // Fields 14 and 15, in ticks of 10 ms; the name before may hold spaces.
      const fields = proc('stat').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    peakMebibytes: () => Number(/VmHWM:\s+(\d+)/.exec(proc('status'))![1]) / 1024,
    ended: () => ended,
    async close() {
      child.kill('SIGKILL');
      await exited;
      await clean();
    },
  };
}

/**
 * `fflate` and the host's zlib as they are, but what they made is remembered for `/inflated`. Of zlib, which is native, no more can be
 * seen than the bound it was given, the buffer it was told to take, and the length of what it returned.
 */
function countInflated(): Plugin {
  const counts = `globalThis.inflated ??= { fflateMostBytes: 0, zlibCalls: 0, zlibMostBytes: 0, zlibMostBoundBytes: 0, zlibMostChunkBytes: 0 }`;
  const fflate = `
    import { Gunzip as Real } from 'fflate';
    export * from 'fflate';
    export class Gunzip extends Real {
      constructor(take) {
        let total = 0;
        super((part, isLast) => {
          total += part.length;
          const counts = ${counts};
          counts.fflateMostBytes = Math.max(counts.fflateMostBytes, total);
          take(part, isLast);
        });
      }
    }`;
  const zlib = `
    import { builtInZlib as find } from ${JSON.stringify(builtInZlibFile)};
    export function builtInZlib() {
      const zlib = find();
      return zlib && {
        crc32: (data) => zlib.crc32(data),
        inflateRawSync(data, options) {
          const counts = ${counts};
          counts.zlibCalls++;
          counts.zlibMostBoundBytes = Math.max(counts.zlibMostBoundBytes, options.maxOutputLength);
          counts.zlibMostChunkBytes = Math.max(counts.zlibMostChunkBytes, options.chunkSize);
          const inflated = zlib.inflateRawSync(data, options);
          counts.zlibMostBytes = Math.max(counts.zlibMostBytes, inflated.buffer.length);
          return inflated;
        },
      };
    }`;
  return {
    name: 'count-inflated',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^fflate$/ }, ({ importer, namespace }) =>
        namespace !== 'counted' && importer.endsWith('proxy/inflate.ts') ? { path: 'fflate', namespace: 'counted' } : undefined,
      );
      onResolve({ filter: /\/built-in-zlib\.ts$/ }, ({ namespace }) =>
        namespace === 'counted' ? undefined : { path: 'zlib', namespace: 'counted' },
      );
      onLoad({ filter: /^fflate$/, namespace: 'counted' }, () => ({ contents: fflate, resolveDir: join(bin, '..') }));
      onLoad({ filter: /^zlib$/, namespace: 'counted' }, () => ({ contents: zlib, resolveDir: join(bin, '..') }));
    },
  };
}

function workerdConfig(env: AppEnvironment, withoutZlib: boolean): string {
  const bindings = Object.entries(env).map(([name, value]) => `(name = "${name}", text = "${value}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private", "local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "app.mjs", esModule = embed "app.mjs")],
  compatibilityDate = "2026-07-01",
  compatibilityFlags = ["${withoutZlib ? 'nodejs_als' : 'nodejs_compat'}"],
  bindings = [${bindings.join(', ')}],
);
`;
}
