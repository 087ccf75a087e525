import { bucketSize, createBucket, type RateLimits, type RequestCost, takeFromBucket, windowMillis } from './rate-limit-bucket.ts';
import { createRecent } from './recent.ts';

/**
 * Says how many seconds a sender has to wait, 0 where it may go on. Asked twice per request: with an address before the body is read,
 * then with the token's holder, or again the address, once the line is known.
 */
export type RateLimiter = (key: string, cost: RequestCost) => number | Promise<number>;

/** Senders remembered; the one that was quiet longest is forgotten first, and begins with a full bucket. */
export const maxSenders = 10_000;

/** Token buckets in the memory of this process or isolate: each one counts for itself alone. */
export function createMemoryRateLimiter(limits: RateLimits, now: () => number): (key: string, cost: RequestCost) => number {
  const size = bucketSize(limits);
  const buckets = createRecent<ReturnType<typeof createBucket>>(maxSenders);
  return (key, cost) => {
    const bucket = buckets.get(key) ?? createBucket(size, now());
    buckets.set(key, bucket);
    return takeFromBucket(bucket, size, cost, now());
  };
}

/** A Worker's rate limit binding: counts requests per location, approximately. */
export interface RateLimitBinding {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/**
 * Asks the binding for requests, and the memory of the isolate for spans and bytes; where the binding fails, for all three.
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
export function createBindingRateLimiter(binding: RateLimitBinding, limits: RateLimits, now: () => number): RateLimiter {
  const memory = createMemoryRateLimiter(limits, now);
  return async (key, cost) => {
    const isOver = cost.requests > 0 && (await binding.limit({ key }).catch(() => ({ success: true }))).success === false;
    if (isOver) return windowMillis / 1000;
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
