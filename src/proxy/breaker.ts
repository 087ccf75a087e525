import { maxRetryAfterMillis } from '../trace/limits.ts';

/** Keeps requests away from an upstream that fails, and lets one through from time to time. */
export interface Breaker {
  /** Milliseconds until the upstream may be asked again; 0: now. Whoever is told 0 while it is open is the one that asks. */
  waitMillis(): number;
  /** The upstream took or refused a batch: it is there. */
  succeeded(): void;
  /** `afterMillis`: the upstream itself asked to be left alone for so long, up to an hour. */
  failed(afterMillis: number | undefined): void;
  /** Whether it failed so often, or asked for so much time, that nothing is sent. */
  isOpen(): boolean;
}

/** Failures in a row before it opens. */
const maxFailures = 3;
const firstPauseMillis = 1_000;
const longestPauseMillis = 30_000;

/** A breaker in the memory of this process or isolate. */
export function createBreaker(now: () => number): Breaker {
  let failures = 0;
  let closedUntilMillis = 0;
  /** 0: nothing is held back. */
  let pauseMillis = 0;
  let isAskedFor = false;

  /** More than the whole pause is left: the clock went back. */
  function leftMillis(): number {
    const left = closedUntilMillis - now();
    return left > 0 && left <= pauseMillis ? left : 0;
  }

  function closeFor(millis: number, byRequest: boolean): void {
    pauseMillis = millis;
    closedUntilMillis = now() + millis;
    isAskedFor = byRequest;
  }

  return {
    waitMillis() {
      const left = leftMillis();
      // One asks; the others wait for what it hears.
      if (pauseMillis > 0 && left === 0) closeFor(firstPauseMillis, false);
      return left;
    },
    succeeded() {
      failures = 0;
      // What was under way when the upstream asked for a pause ends none.
      if (!isAskedFor || leftMillis() === 0) pauseMillis = 0;
    },
    failed(afterMillis = 0) {
      failures++;
      const doubled = firstPauseMillis * 2 ** Math.min(10, Math.max(0, failures - maxFailures));
      const own = failures < maxFailures ? 0 : Math.min(longestPauseMillis, doubled);
      const asked = Math.min(afterMillis, maxRetryAfterMillis);
      if (Math.max(own, asked) > leftMillis()) closeFor(Math.max(own, asked), asked >= own);
    },
    isOpen: () => pauseMillis > 0,
  };
}
