/// <reference path="./manager.d.ts" />
import { setUp } from '#manager';
import { isAsyncNative } from '../../../../src/context/native-async.ts';
import { type Check, type Outcome, runCheck } from './check.ts';
import { awaitChecks } from './checks-await.ts';
import { hostChecks, promiseChecks } from './checks-host.ts';
import { handChecks } from './checks-more.ts';

export interface CheckResult {
  name: string;
  outcome: Outcome;
  detail: string;
}

declare global {
  var nativeSetTimeout: typeof setTimeout;
  var runChecks: () => Promise<CheckResult[]>;
  var usingChecks: Record<string, Check> | undefined;
  var loweredUsingChecks: Record<string, Check> | undefined;
}

const later = (fn: () => void, millis: number): void => void nativeSetTimeout(fn, millis);

Object.assign(globalThis, { isAsyncNative });
const attach = setUp();
const names = ['await using: disposal, and what stands behind the block', 'using and await using, left by an error'];

globalThis.runChecks = async () => {
  const results: CheckResult[] = [];
  const run = async (checks: Record<string, Check>): Promise<void> => {
    for (const [name, check] of Object.entries(checks)) results.push({ name, ...(await runCheck(check, later)) });
  };
  await run(awaitChecks);
  // Files of their own, which set these globals where the engine knows the syntax.
  await import('./using-main.ts').catch((error) => console.warn(error));
  for (const [which, checks] of [
    ['', globalThis.usingChecks],
    [', lowered', globalThis.loweredUsingChecks],
  ] as const) {
    for (const name of names) {
      const check = checks?.[name];
      if (check) await run({ [name + which]: check });
      else results.push({ name: name + which, outcome: 'n/a', detail: '' });
    }
  }
  await run(hostChecks);
  await run(promiseChecks);
  await run(handChecks({ attach, later }));
  return results;
};
