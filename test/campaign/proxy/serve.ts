import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build, type Plugin } from 'esbuild';
import type { AppEnvironment } from './proxy-app.ts';

export const hosts = ['workerd', 'deno', 'node'] as const;
export type HostName = (typeof hosts)[number];

/** A process that serves, and what the kernel knows of it. */
export interface ServedProcess {
  readonly url: string;
  /** User and system time so far, all threads. */
  cpuMillis(): number;
  /** The most memory it ever had: VmHWM. */
  peakMebibytes(): number;
  close(): Promise<void>;
}

const bin = join(import.meta.dirname, '../../../node_modules');
const commands = { workerd: join(bin, '.bin/workerd'), deno: join(bin, '.bin/deno'), node: process.execPath };

/** Serves the proxy in a fresh process of a runtime, from the sources, bundled. */
export async function serveProxy(host: HostName, env: AppEnvironment): Promise<ServedProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'edgespan-campaign-'));
  const outfile = join(folder, 'app.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, `hosts/${host}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['node:*', '@opentelemetry/api'],
    plugins: [countInflated()],
    logLevel: 'error',
  });
  if (host === 'workerd') writeFileSync(join(folder, 'config.capnp'), workerdConfig(env));
  const args = {
    workerd: ['serve', join(folder, 'config.capnp'), '--control-fd=3'],
    deno: ['run', '-A', '--no-config', '--no-lock', outfile],
    node: [outfile],
  }[host];
  const child = spawn(commands[host], args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
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
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
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
    async close() {
      child.kill('SIGKILL');
      await exited;
      await clean();
    },
  };
}

/** `fflate` as it is, but remembers the most that one payload became. */
function countInflated(): Plugin {
  const contents = `
    import { Gunzip as Real } from 'fflate';
    export * from 'fflate';
    export class Gunzip extends Real {
      constructor(take) {
        let total = 0;
        super((part, isLast) => {
          total += part.length;
          globalThis.inflatedBytes = Math.max(globalThis.inflatedBytes ?? 0, total);
          take(part, isLast);
        });
      }
    }`;
  return {
    name: 'count-inflated',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^fflate$/ }, ({ importer, namespace }) =>
        namespace !== 'counted' && importer.endsWith('proxy/inflate.ts') ? { path: 'fflate', namespace: 'counted' } : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'counted' }, () => ({ contents, resolveDir: join(bin, '..') }));
    },
  };
}

function workerdConfig(env: AppEnvironment): string {
  const bindings = Object.entries(env).map(([name, value]) => `(name = "${name}", text = "${value}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private", "local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "app.mjs", esModule = embed "app.mjs")],
  compatibilityDate = "2026-07-01",
  compatibilityFlags = ["nodejs_als"],
  bindings = [${bindings.join(', ')}],
);
`;
}
