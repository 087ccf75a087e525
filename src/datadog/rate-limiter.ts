export interface RateLimiter {
  /** Whether one more is allowed in this second. */
  take(): boolean;
  /** Share of what was asked that was allowed, the mean of this second and the one before; the value of `_dd.limit_psr`. */
  effectiveRate(): number;
}

/**
 * So many per second, counted in whole seconds of the clock.
 * @param perSecond negative: no limit.
 * @param now milliseconds of any clock that does not go back.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/rate_limiter.js
 */
export function createRateLimiter(perSecond: number, now: () => number): RateLimiter {
  let second = Number.NaN;
  let asked = 0;
  let allowed = 0;
  let lastRate = 1;
  const share = (): number => (asked ? allowed / asked : 1);
  return {
    take(): boolean {
      const current = Math.floor(now() / 1000);
      if (current !== second) {
        lastRate = current === second + 1 ? share() : 1;
        second = current;
        asked = 0;
        allowed = 0;
      }
      asked++;
      const isAllowed = perSecond < 0 || allowed < perSecond;
      if (isAllowed) allowed++;
      return isAllowed;
    },
    effectiveRate: () => (share() + lastRate) / 2,
  };
}
