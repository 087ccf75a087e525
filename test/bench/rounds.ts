// Runs the cases of one file interleaved, each in a process of its own, so that a busy machine is unfair to all of them alike.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface Measured {
  /** CPU nanoseconds a span, of all threads of the process. */
  cpuNanos: number;
  /** What else the case says, the same in every round. */
  bytes?: number;
  heapBytes?: number;
}

/** Options of the command line: `--rounds=9`, `--node=/path/to/another/node`, `--only=a,b`. */
function option(name: string): string | undefined {
  return process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
}

/** Medians over the rounds, by case, in the order given. */
export async function measureRounds(file: string, given: readonly string[], defaultRounds: number): Promise<Map<string, Measured>> {
  const rounds = Number(option('rounds') ?? defaultRounds);
  const node = option('node') ?? process.execPath;
  const cases = given.filter((name) => option('only')?.split(',').includes(name) ?? true);
  const folder = mkdtempSync(join(tmpdir(), 'edgespan-bench-'));
  const script = join(folder, 'cases.mjs');
  // One file for every Node, also one that reads no TypeScript. The API is bundled for all alike.
  await build({
    entryPoints: [file],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const results = new Map<string, Measured[]>(cases.map((name) => [name, []]));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [name, list] of results) {
        const out = execFileSync(node, ['--expose-gc', script, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
        list.push(JSON.parse(out) as Measured);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`Node ${version.slice(1)}, ${rounds} rounds, each case in a process of its own, medians of CPU time`);
  return new Map([...results].map(([name, list]) => [name, { ...list[0]!, cpuNanos: median(list.map((one) => one.cpuNanos)) }]));
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** In the case's process: CPU nanoseconds that `run` takes, by all threads. */
export function cpuNanosOf(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}
