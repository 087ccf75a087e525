/** A clock that runs faster than the real one, the same in every process that is told the same beginning. */
export interface ScaledClock {
  /** Epoch milliseconds. */
  now(): number;
  readonly scale: number;
  readonly beganAtMillis: number;
}

export function createScaledClock(scale: number, beganAtMillis: number, realNow: () => number): ScaledClock {
  return { scale, beganAtMillis, now: () => Math.round(beganAtMillis + (realNow() - beganAtMillis) * scale) };
}

/**
 * Makes the process's own clock and timers run by it: `Date.now` and `setTimeout`. The limits of real work (`AbortSignal.timeout`, what
 * `node:http` has inside) stay as they are, since that work does not run faster.
 */
export function runByScaledClock(scale: number, beganAtMillis: number): void {
  const realNow = Date.now.bind(Date);
  const realSetTimeout = globalThis.setTimeout;
  const clock = createScaledClock(scale, beganAtMillis, realNow);
  Date.now = clock.now;
  globalThis.setTimeout = ((run: () => void, millis = 0, ...rest: []) => realSetTimeout(run, millis / scale, ...rest)) as typeof setTimeout;
}
