// Compares programs in a thread of its own: they reject promises that nobody awaits, which is no failure of who asked.
import { parentPort, workerData } from 'node:worker_threads';
import { transformAsync } from '../../../src/transform/transform-async.ts';
import { compareProgram } from './compare-program.ts';
import { createTraceHost } from './node-host.ts';
import { type Program, programs } from './programs.ts';
import { randomProgram } from './random-program.ts';

/** Random programs from a seed on, or the written ones. */
export type CheckRequest = { seed: number; count: number } | { seed?: undefined };

export interface CheckAnswer {
  count: number;
  invalidCount: number;
  failures: string[];
}

process.on('unhandledRejection', () => {});

const request = workerData as CheckRequest;
const host = createTraceHost();
const answer: CheckAnswer = { count: 0, invalidCount: 0, failures: [] };
const list: Iterable<Program> =
  request.seed === undefined
    ? programs()
    : (function* () {
        for (let index = 0; index < request.count; index++) yield randomProgram(request.seed + index);
      })();
for (const program of list) {
  answer.count++;
  const { differences, isInvalid } = await compareProgram(program, transformAsync(program.code)?.code, host, request.seed !== undefined);
  if (isInvalid) answer.invalidCount++;
  answer.failures.push(...differences.map((difference) => `${program.name}: ${difference}`));
}
parentPort?.postMessage(answer);
