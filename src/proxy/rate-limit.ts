/** What a request costs. */
export interface RequestCost {
  readonly requests: number;
  readonly spans: number;
  readonly bytes: number;
}

/**
 * Says how many seconds a sender has to wait, 0 where it may go on. Asked twice per request: with an address before the body is read,
 * then with the token's holder, or again the address, once the line is known.
 */
export type RateLimiter = (key: string, cost: RequestCost) => number | Promise<number>;

/** What one sender may do in ten seconds; as much again at once. */
export interface RateLimits {
  /** Default 600: an office behind one address. */
  readonly requests?: number;
  /** Default 50,000. */
  readonly spans?: number;
  /** Default 10 MiB, as received. */
  readonly bytes?: number;
}

const windowMillis = 10_000;
/** Senders remembered; the one that was quiet longest is forgotten first, and begins with a full bucket. */
const maxKeys = 10_000;
const units = ['requests', 'spans', 'bytes'] as const;

interface Bucket {
  readonly left: Record<(typeof units)[number], number>;
  atMillis: number;
}

/** Token buckets in the memory of this process or isolate: each one counts for itself alone. */
export function createMemoryRateLimiter(limits: RateLimits, now: () => number): RateLimiter {
  const most = { requests: limits.requests ?? 600, spans: limits.spans ?? 50_000, bytes: limits.bytes ?? 10_485_760 };
  const buckets = new Map<string, Bucket>();

  function refilled(key: string): Bucket {
    const nowMillis = now();
    const bucket = buckets.get(key) ?? { left: { ...most }, atMillis: nowMillis };
    const share = Math.max(0, nowMillis - bucket.atMillis) / windowMillis;
    for (const unit of units) bucket.left[unit] = Math.min(most[unit], bucket.left[unit] + most[unit] * share);
    bucket.atMillis = nowMillis;
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > maxKeys) buckets.delete(buckets.keys().next().value as string);
    return bucket;
  }

  return (key, cost) => {
    const { left } = refilled(key);
    // What alone is more than a full bucket is let through by a full one.
    const wait = Math.max(...units.map((unit) => ((Math.min(cost[unit], most[unit]) - left[unit]) / most[unit]) * (windowMillis / 1000)));
    if (wait > 0) return Math.max(1, Math.ceil(wait));
    for (const unit of units) left[unit] -= cost[unit];
    return 0;
  };
}

/** A Worker's rate limit binding: counts requests per location, approximately. */
export interface RateLimitBinding {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/**
 * Asks the binding for requests, and the memory of the isolate for spans and bytes.
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
export function createBindingRateLimiter(binding: RateLimitBinding, limits: RateLimits, now: () => number): RateLimiter {
  const memory = createMemoryRateLimiter(limits, now);
  return async (key, cost) => {
    if (cost.requests > 0 && !(await binding.limit({ key })).success) return windowMillis / 1000;
    return memory(key, cost);
  };
}

/** The part of an address that one sender holds: version 6 is given out by networks of 64 bits. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('%')[0]!.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail ? tail.split(':') : [];
  const groups = tail === undefined ? first : [...first, ...Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0'), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
