import { fork } from 'node:child_process';
import { join } from 'node:path';
import { type FuzzOptions, type FuzzResult, fuzzProxy, maxFailuresKept } from './fuzz-proxy.ts';

/** What a job is told; its answers are numbers of inputs done, and at last a result. */
export type JobOptions = Required<Pick<FuzzOptions, 'seed' | 'count' | 'from' | 'endsMillis'>>;

/**
 * Runs the inputs in so many processes, each a range of its own: an input depends on the seed and its index alone, so that they are the
 * same as in one process. One job runs here.
 */
export async function fuzzInJobs(options: JobOptions & Pick<FuzzOptions, 'onProgress'>, jobs: number): Promise<FuzzResult> {
  if (jobs <= 1) return fuzzProxy(options);
  const done = Array.from({ length: jobs }, () => 0);
  const bounds = Array.from({ length: jobs + 1 }, (_, job) => options.from + Math.floor((options.count * job) / jobs));
  const results = done.map((_, job) => {
    const range = { ...options, from: bounds[job]!, count: bounds[job + 1]! - bounds[job]! };
    return runJob(range, (count) => {
      done[job] = count;
      options.onProgress?.(done.reduce((sum, each) => sum + each, 0));
    });
  });
  return mergeResults(await Promise.all(results));
}

function runJob({ seed, count, from, endsMillis }: JobOptions, onProgress: (count: number) => void): Promise<FuzzResult> {
  const child = fork(join(import.meta.dirname, 'job.ts'), { serialization: 'advanced', execArgv: [] });
  return new Promise((resolve, reject) => {
    child.on('message', (said) => (typeof said === 'number' ? onProgress(said) : resolve(said as FuzzResult)));
    child.on('exit', (code, signal) => reject(new Error(`The job from ${from} on ended with ${code ?? signal}`)));
    child.send({ seed, count, from, endsMillis } satisfies JobOptions);
  });
}

/** Sums, and of what is the most, the most. */
export function mergeResults(results: readonly FuzzResult[]): FuzzResult {
  const sum = (of: (result: FuzzResult) => number): number => results.reduce((total, each) => total + of(each), 0);
  const sumMaps = (of: (result: FuzzResult) => ReadonlyMap<string, number>): Map<string, number> => {
    const total = new Map<string, number>();
    for (const result of results) for (const [key, times] of of(result)) total.set(key, (total.get(key) ?? 0) + times);
    return total;
  };
  return {
    ranCount: sum(({ ranCount }) => ranCount),
    noRequestCount: sum(({ noRequestCount }) => noRequestCount),
    codes: sumMaps(({ codes }) => codes),
    layers: sumMaps(({ layers }) => layers),
    fetches: sumMaps(({ fetches }) => fetches),
    failures: results.flatMap(({ failures }) => failures).slice(0, maxFailuresKept),
    failureCount: sum(({ failureCount }) => failureCount),
    slowest: results.map(({ slowest }) => slowest).reduce((most, each) => (each.millis > most.millis ? each : most)),
    prototypes: results.flatMap(({ prototypes }) => prototypes),
    uncaught: results.flatMap(({ uncaught }) => uncaught),
  };
}
