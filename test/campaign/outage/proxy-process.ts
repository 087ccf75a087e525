import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import type { HostEnvironment } from './proxy-host.ts';

const bin = join(import.meta.dirname, '../../../node_modules/.bin');

/** A process of the proxy. */
export interface ProxyProcess {
  readonly url: string;
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  kill(): void;
}

/** The proxy with all it needs in one file, so that a process starts fast. */
export async function bundleHost(runtime: 'node' | 'deno', folder: string): Promise<string> {
  const outfile = join(folder, `${runtime}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, `hosts/${runtime}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['node:*'],
    logLevel: 'error',
  });
  return outfile;
}

/** Starts a process; undefined where its plan ended it before it listened. */
export function startProxy(runtime: 'node' | 'deno', file: string, env: HostEnvironment): Promise<ProxyProcess | undefined> {
  const command = runtime === 'node' ? process.execPath : join(bin, 'deno');
  const args = runtime === 'node' ? [file] : ['run', '-A', '--no-config', '--no-lock', '--cached-only', file];
  return startListening(spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }));
}

/** Starts the broker. */
export async function startBroker(env: Readonly<Record<string, string>>): Promise<ProxyProcess> {
  const args = [join(import.meta.dirname, 'broker.ts')];
  const broker = await startListening(
    spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  if (broker === undefined) throw new Error('the broker ended at once');
  return broker;
}

function startListening(child: ChildProcess): Promise<ProxyProcess | undefined> {
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isOver = true;
      resolve();
    });
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('a process did not listen within 30 s'));
    }, 30_000);
    void ended.then(() => {
      clearTimeout(timer);
      resolve(undefined);
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const port = /^port (\d+)$/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve({ url: `http://127.0.0.1:${port}`, ended, hasEnded: () => isOver, kill: () => void child.kill('SIGKILL') });
    });
  });
}
