import { maxRetryAfterMillis } from '../trace/limits.ts';

/** Keeps requests away from an upstream that fails, and lets one through from time to time. */
export interface Breaker {
  /** Milliseconds until the upstream may be asked again; 0: now. Whoever is told 0 while it is open is the one that asks. */
  waitMillis(): number;
  /** The upstream took or refused a batch: it is there. */
  succeeded(): void;
  /** `afterMillis`: the upstream itself asked to be left alone for so long, up to an hour. */
  failed(afterMillis: number | undefined): void;
  /** Whether it failed so often, or has asked for so much time, that nothing is sent but now and then one that asks. */
  isOpen(): boolean;
}

/** Failures in a row before it opens. */
const maxFailures = 3;
const firstPauseMillis = 1_000;
const longestPauseMillis = 30_000;

/** A longer pause than this is one answer's word; it is kept whole once as many in a row asked for it as open the breaker. */
const trustedPauseMillis = 300_000;

/** A breaker in the memory of this process or isolate. */
export function createBreaker(now: () => number): Breaker {
  let failures = 0;
  let heldUntilMillis = 0;
  /** 0: nothing is held back. */
  let pauseMillis = 0;
  let isAskedFor = false;
  /** Somebody was let through to ask. */
  let isAsking = false;

  /** More than the whole pause is left: the clock went back. */
  function leftMillis(): number {
    const left = heldUntilMillis - now();
    return left > 0 && left <= pauseMillis ? left : 0;
  }

  function holdFor(millis: number, byRequest: boolean): void {
    pauseMillis = millis;
    heldUntilMillis = now() + millis;
    isAskedFor = byRequest;
  }

  return {
    waitMillis() {
      const left = leftMillis();
      // One asks; the others wait for what it hears.
      if (pauseMillis > 0 && left === 0) {
        holdFor(firstPauseMillis, false);
        isAsking = true;
      }
      return left;
    },
    succeeded() {
      failures = 0;
      isAsking = false;
      // What was under way when the upstream asked for a pause ends none.
      if (!isAskedFor || leftMillis() === 0) pauseMillis = 0;
    },
    failed(afterMillis = 0) {
      const left = isAsking ? 0 : leftMillis();
      isAsking = false;
      // Those that fail together are one failure.
      if (left === 0 || failures < maxFailures) failures++;
      const isTrusted = failures >= maxFailures;
      const doubled = firstPauseMillis * 2 ** Math.min(10, Math.max(0, failures - maxFailures));
      const own = isTrusted ? Math.min(longestPauseMillis, doubled) : 0;
      const asked = Math.min(afterMillis, isTrusted ? maxRetryAfterMillis : trustedPauseMillis);
      if (Math.max(own, asked) > left) holdFor(Math.max(own, asked), asked >= own);
    },
    isOpen: () => leftMillis() > 0 || failures >= maxFailures,
  };
}
