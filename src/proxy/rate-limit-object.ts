import { consoleLog, createLog, type ProxyLog } from './log.ts';
import { maxSenders, type RateLimiter } from './rate-limit.ts';
import { type Bucket, bucketSize, createBucket, type RateLimits, type RequestCost, takeFromBucket } from './rate-limit-bucket.ts';
import { createRecent } from './recent.ts';

/** A namespace of `RateLimitObject`. */
export interface RateLimitNamespace {
  idFromName(name: string): unknown;
  get(id: never): { fetch(url: string, init: { method: 'POST'; body: string; signal: AbortSignal }): Promise<Response> };
}

/** What an isolate says to the object: the limits come along, so that only the Worker is configured. */
interface Question {
  readonly size: RequestCost;
  readonly cost: RequestCost;
}

/** An object that does not answer by then is not waited for. */
const answerMillis = 1_000;
/** Nor asked again so soon, lest every request waits. */
const pauseMillis = 5_000;
/** An isolate tells of requests and bytes without spans by twentieths of the limit: whoever is refused early costs no request to an object. */
const owedShare = 20;

/**
 * One sender's bucket, for all isolates. It lives in the object's memory alone: an object that was quiet long enough to be taken out of
 * memory would have a full bucket by then, and a bucket that fills in ten seconds is not worth a write per request. Bind it as `RATE_LIMIT`
 * and name it in a migration.
 */
export class RateLimitObject {
  #bucket: Bucket | undefined;

  /** `POST` with limits and cost as JSON; answers with the seconds to wait, 0 for none. */
  async fetch(request: Request): Promise<Response> {
    const { size, cost } = (await request.json()) as Question;
    this.#bucket ??= createBucket(size, Date.now());
    return new Response(`${takeFromBucket(this.#bucket, size, cost, Date.now())}`);
  }
}

interface Sender {
  readonly bucket: Bucket;
  /** What was let through and the object does not know of yet. */
  owed: RequestCost;
  /** Until then the object said no. */
  closedUntilMillis: number;
  /** Until then the object is not asked. */
  pausedUntilMillis: number;
  id: unknown;
}

const nothing: RequestCost = { requests: 0, spans: 0, bytes: 0 };

/**
 * Counts each sender once for all isolates and places, in requests, spans and bytes: one object per address or holder, under a digest of its
 * name. The isolate's own bucket stands in front and refuses without asking; what it lets through before the body is read is told with
 * the payload, so that a batch costs one request to an object; under a page's token that names no holder two, to that of the token and
 * that of the address. Where the object throws or takes over a second, the isolate's own bucket decides, and `log` says so. Never rejects.
 *
 * @param limits As `rateLimit` takes them.
 * @param log Takes `rate_limit_unanswered`, once a minute, with how often it was. Default: a line of JSON by `console.log`.
 * @example
 * ```ts
 * createIntakeProxy((env) => ({ ...options, rateLimit: objectRateLimiter(env.RATE_LIMIT, { spans: 20_000 }) }))
 * ```
 */
export function objectRateLimiter(
  namespace: RateLimitNamespace,
  limits: RateLimits = {},
  log: ProxyLog = consoleLog,
  now: () => number = Date.now,
): RateLimiter {
  const size = bucketSize(limits);
  const senders = createRecent<Sender>(maxSenders);
  const say = createLog(log, now);

  function senderOf(key: string): Sender {
    const known = senders.get(key);
    if (known !== undefined) return known;
    const bucket = createBucket(size, now());
    const sender: Sender = { bucket, owed: nothing, closedUntilMillis: 0, pausedUntilMillis: 0, id: undefined };
    senders.set(key, sender);
    return sender;
  }

  async function ask(key: string, sender: Sender): Promise<number> {
    const question: Question = { size, cost: sender.owed };
    sender.owed = nothing;
    try {
      sender.id ??= namespace.idFromName(await digest(key));
      const signal = AbortSignal.timeout(answerMillis);
      const init = { method: 'POST', body: JSON.stringify(question), signal } as const;
      const seconds = Number(await (await namespace.get(sender.id as never).fetch('https://rate-limit/', init)).text());
      if (!(seconds >= 0)) throw new TypeError('no number');
      if (seconds > 0) sender.closedUntilMillis = now() + seconds * 1000;
      return seconds;
    } catch (error) {
      sender.pausedUntilMillis = now() + pauseMillis;
      say({ level: 'warn', event: 'rate_limit_unanswered', code: error instanceof Error ? error.name : typeof error });
      return 0;
    }
  }

  return (key, cost) => {
    const sender = senderOf(key);
    const nowMillis = now();
    if (sender.closedUntilMillis > nowMillis) return Math.ceil((sender.closedUntilMillis - nowMillis) / 1000);
    const seconds = takeFromBucket(sender.bucket, size, cost, nowMillis);
    if (seconds > 0) return seconds;
    const { owed } = sender;
    sender.owed = { requests: owed.requests + cost.requests, spans: owed.spans + cost.spans, bytes: owed.bytes + cost.bytes };
    const isMuch = (unit: 'requests' | 'bytes'): boolean => sender.owed[unit] * owedShare >= size[unit];
    const isWorthIt = cost.spans > 0 || isMuch('requests') || isMuch('bytes');
    return isWorthIt && sender.pausedUntilMillis <= nowMillis ? ask(key, sender) : 0;
  };
}

/** No address stands in an object's name in clear. */
async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
