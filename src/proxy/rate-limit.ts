import { bucketSize, createBucket, type RateLimits, type RequestCost, takeFromBucket, windowMillis } from './rate-limit-bucket.ts';
import { createRecent } from './recent.ts';

/**
 * Says how many seconds a sender has to wait, 0 where it may go on. Asked with an address (`address …`) before the body is read; then with
 * the holder that a token names (`holder …`), once the line is known, or again with the address: for bytes alone, which have come by then
 * whatever is said, and for spans. Before that, for a page's token that names no holder, with the token (`proof …`), as a request of its own.
 * What came with a request that was refused is bytes of the address, too.
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

/**
 * The part of an address that one sender holds: version 6 is given out by networks of 64 bits, or larger ones. Version 4 written as
 * version 6 is version 4.
 */
export function addressKey(address: string, networkBits: 48 | 64 = 64): string {
  if (!address.includes(':')) return address;
  const groups = groupsOf(address);
  if (/^(0:){5}ffff:/.test(groups.join(':'))) return groups.slice(6).flatMap(bytesOf).join('.');
  return `${groups.slice(0, networkBits / 16).join(':')}::/${networkBits}`;
}

/** The eight groups of an address of version 6, in hex without zeros before. */
function groupsOf(address: string): string[] {
  const hex = address
    .toLowerCase()
    .split('%')[0]!
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
      const [a, b, c, d] = bytes.map(Number) as [number, number, number, number];
      return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    });
  const [first = [], last] = hex.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const groups = last === undefined ? first : [...first, ...Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0'), ...last];
  return groups.map((group) => group.replace(/^0+(?=.)/, ''));
}

function bytesOf(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}
