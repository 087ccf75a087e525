// Runs playground/deno.ts in the real Deno, which came from npm.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Tier } from './tier-workerd.ts';

const startMillis = 30_000;

/** @throws Error with what Deno printed, where it does not listen in time. */
export function startDeno(intakeUrl: string): Promise<Tier> {
  const command = existsSync('node_modules/.bin/deno') ? 'node_modules/.bin/deno' : 'deno';
  const child = spawn(command, ['run', '--no-prompt', '--allow-net=127.0.0.1', '--allow-env', 'playground/deno.ts'], {
    env: { ...process.env, EDGESPAN_INTAKE_URL: intakeUrl, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`Cannot start Deno as ${why}\n${output}`));
    };
    const timer = setTimeout(() => fail(`it did not listen within ${startMillis} ms`), startMillis);
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code) => fail(`it ended with ${code}`));
    child.stderr.on('data', (data) => {
      output += data;
    });
    child.stdout.on('data', (data) => {
      output += data;
      const port = /listening (\d+)/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve({
        url: `http://127.0.0.1:${port}`,
        detail: `deno :${port}`,
        close: () =>
          new Promise((closed) => {
            child.on('exit', () => closed());
            child.kill('SIGTERM');
            setTimeout(() => child.kill('SIGKILL'), 4000).unref();
          }),
      });
    });
  });
}
