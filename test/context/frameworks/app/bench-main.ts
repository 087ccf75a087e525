/// <reference path="./manager.d.ts" />
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { setUp } from '#manager';

export interface BenchResult {
  /** Nanoseconds per round of `await inner()`, at the root and in a context; the fastest sample. */
  rootNano: number;
  contextNano: number;
  /** Nanoseconds per `await` of a plain value inside a function that awaits eight times, and per step of `for await`. */
  valueNano: number;
  stepNano: number;
  /** Nanoseconds per `promise.then(callback)`. */
  thenNano: number;
}

declare global {
  var runBench: (rounds: number, samples: number) => Promise<BenchResult>;
}

setUp();
const active = ROOT_CONTEXT.setValue(createContextKey('bench'), 'A');

const inner = async (x: number): Promise<number> => x + 1;
const calls = async (rounds: number): Promise<void> => {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum = await inner(sum);
};
const eight = async (x: number): Promise<number> =>
  (await x) + (await x) + (await x) + (await x) + (await x) + (await x) + (await x) + (await x);
const values = async (rounds: number): Promise<void> => {
  for (let i = 0; i < rounds / 8; i++) await eight(i);
};
async function* rows(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}
const steps = async (rounds: number): Promise<void> => {
  let sum = 0;
  for await (const x of rows(rounds)) sum += x;
};
const thens = async (rounds: number): Promise<void> => {
  let chain = Promise.resolve(0);
  for (let i = 0; i < rounds; i++) chain = chain.then((x) => x + 1);
  await chain;
};

globalThis.runBench = async (rounds, samples) => {
  const inContext = (run: (rounds: number) => Promise<void>) => (count: number) => context.with(active, () => run(count));
  const measured = async (run: (rounds: number) => Promise<void>): Promise<number> => {
    await run(rounds / 4);
    // The fastest sample: what the machine does beside can only add.
    let best = Number.POSITIVE_INFINITY;
    for (let sample = 0; sample < samples; sample++) {
      const start = performance.now();
      await run(rounds);
      best = Math.min(best, performance.now() - start);
    }
    return Math.round((best / rounds) * 1e6);
  };
  return {
    rootNano: await measured(calls),
    contextNano: await measured(inContext(calls)),
    valueNano: await measured(inContext(values)),
    stepNano: await measured(inContext(steps)),
    thenNano: await measured(inContext(thens)),
  };
};
