/** Keeps requests away from an upstream that fails, and lets one through from time to time. */
export interface Breaker {
  /** Milliseconds until the upstream may be asked again; 0: now. Whoever is told 0 while it is open is the one that asks. */
  waitMillis(): number;
  /** The upstream took or refused a batch: it is there. */
  succeeded(): void;
  failed(afterMillis: number | undefined): void;
  /** Whether it failed so often that nothing is sent. */
  isOpen(): boolean;
}

/** Failures in a row before it opens. */
const maxFailures = 3;
const firstPauseMillis = 1_000;
const longestPauseMillis = 30_000;

/** A breaker in the memory of this process or isolate. */
export function createBreaker(now: () => number): Breaker {
  let failures = 0;
  let openUntilMillis = 0;
  return {
    waitMillis() {
      if (failures < maxFailures) return 0;
      const left = openUntilMillis - now();
      // More than it ever waits: the clock went back.
      if (left > 0 && left <= longestPauseMillis) return left;
      // One asks; the others wait for what it hears.
      openUntilMillis = now() + firstPauseMillis;
      return 0;
    },
    succeeded() {
      failures = 0;
    },
    failed(afterMillis) {
      failures++;
      const pause = Math.min(longestPauseMillis, firstPauseMillis * 2 ** Math.min(10, Math.max(0, failures - maxFailures)));
      openUntilMillis = now() + Math.max(pause, Math.min(afterMillis ?? 0, longestPauseMillis));
    },
    isOpen: () => failures >= maxFailures,
  };
}
