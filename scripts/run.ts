// Runs a command under a time limit that ends everything it started.
import { spawn } from 'node:child_process';

export interface Run {
  code: number | null;
  output: string;
  seconds: number;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  limitSeconds?: number;
}

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
};

/** Resolves when the command has ended, whatever its code; never rejects. Output is stdout and stderr as they came. */
export function run(command: string, { cwd = '.', env = process.env, limitSeconds = 300 }: RunOptions = {}): Promise<Run> {
  return new Promise((resolve) => {
    const started = performance.now();
    // `detached` makes a process group of its own, which is what the limit and Ctrl-C end.
    const child = spawn(command, { shell: true, cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const interrupt = (): void => {
      killGroup(child.pid);
      process.exit(130);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const limit = setTimeout(() => {
      output += `\nended after ${limitSeconds} s\n`;
      killGroup(child.pid);
    }, limitSeconds * 1000);
    const settle = (code: number | null): void => {
      clearTimeout(limit);
      killGroup(child.pid);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve({ code, output, seconds: (performance.now() - started) / 1000 });
    };
    child.on('error', (error) => {
      output += String(error);
      settle(1);
    });
    child.on('close', settle);
    // What the command left behind in its group would hold the pipes open for ever.
    child.on('exit', (code) => setTimeout(settle, 1000, code));
  });
}
