/** What a request costs. */
export interface RequestCost {
  readonly requests: number;
  readonly spans: number;
  readonly bytes: number;
}

/** What one sender may do in ten seconds; as much again at once. */
export interface RateLimits {
  /** Default 600: an office behind one address. */
  readonly requests?: number;
  /** Default 50,000. */
  readonly spans?: number;
  /** Default 10 MiB, as received. */
  readonly bytes?: number;
}

/** What one sender has left. */
export interface Bucket {
  readonly left: { -readonly [unit in keyof RequestCost]: number };
  atMillis: number;
}

/** The time in which an empty bucket fills. */
export const windowMillis = 10_000;
const units = ['requests', 'spans', 'bytes'] as const;

/** What a full bucket holds. */
export function bucketSize(limits: RateLimits): RequestCost {
  return { requests: limits.requests ?? 600, spans: limits.spans ?? 50_000, bytes: limits.bytes ?? 10_485_760 };
}

/** A full bucket. */
export function createBucket(size: RequestCost, nowMillis: number): Bucket {
  return { left: { ...size }, atMillis: nowMillis };
}

/**
 * Lets the bucket fill, then takes the cost out: 0; or takes nothing and says after how many whole seconds it would be there. Bytes alone have
 * come already: they are taken in any case, a full bucket of them at most on credit, and who owes waits for everything.
 */
export function takeFromBucket(bucket: Bucket, size: RequestCost, cost: RequestCost, nowMillis: number): number {
  const { left } = bucket;
  const share = Math.max(0, nowMillis - bucket.atMillis) / windowMillis;
  for (const unit of units) left[unit] = Math.min(size[unit], left[unit] + size[unit] * share);
  bucket.atMillis = nowMillis;
  if (cost.requests === 0 && cost.spans === 0) {
    const isOpen = left.bytes > 0;
    left.bytes = Math.max(-size.bytes, left.bytes - cost.bytes);
    return isOpen ? 0 : Math.max(1, Math.ceil((-left.bytes / size.bytes) * (windowMillis / 1000)));
  }
  // What alone is more than a full bucket is let through by a full one.
  const wait = Math.max(...units.map((unit) => ((Math.min(cost[unit], size[unit]) - left[unit]) / size[unit]) * (windowMillis / 1000)));
  if (wait > 0) return Math.max(1, Math.ceil(wait));
  for (const unit of units) left[unit] -= cost[unit];
  return 0;
}
