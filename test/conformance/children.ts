import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** A process that was started here, and the way to end it. */
export interface Child {
  readonly process: ChildProcess;
  /** What it said on stderr, the last 4,000 characters. */
  errors(): string;
  stop(): Promise<void>;
}

export function start(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr?.on('data', (data) => {
    errors = (errors + data).slice(-4000);
  });
  child.on('error', (error) => {
    errors += error.message;
  });
  return {
    process: child,
    errors: () => errors,
    async stop(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 4000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The first line a process prints. Rejects where it ends before. */
export async function firstLine({ process: child, errors }: Child): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    child.stdout!.resume();
    return line;
  }
  throw new Error(`ended without a word: ${errors()}`);
}

/** Runs to the end and returns what was printed. Rejects on any other exit code than 0. */
export async function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const child = start(command, args, options);
  let output = '';
  child.process.stdout?.on('data', (data) => {
    output += data;
  });
  const [code] = await once(child.process, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${child.errors() || output.slice(-2000)}`);
  return output;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks again until there is an answer that is not undefined; rejects with `what` after `timeoutMillis`. */
export async function until<T>(what: string | (() => string), ask: () => Promise<T | undefined>, timeoutMillis = 10_000): Promise<T> {
  const end = Date.now() + timeoutMillis;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${timeoutMillis} ms for ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
