import { Worker } from 'node:worker_threads';
import type { CheckAnswer, CheckRequest } from './check-worker.ts';

/** Compares programs with what the transform makes of them, in a thread. */
export function checkPrograms(request: CheckRequest): Promise<CheckAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('check-worker.ts', import.meta.url), { workerData: request });
    worker.once('message', resolve).once('error', reject);
  });
}
