import type { Random } from '../random.ts';
import type { CarriedMessage, Decisions } from './bindings.ts';

/** Limits of Cloudflare's Queues. @see https://developers.cloudflare.com/queues/platform/limits/ */
export const queueLimits = {
  messageBytes: 128_000,
  batchMessages: 100,
  batchBytes: 256_000,
  maxRetries: 100,
  maxDelaySeconds: 86_400,
  messagesPerSecond: 5_000,
} as const;

interface Message {
  readonly id: string;
  readonly body: Uint8Array;
  readonly attempts: number;
  readonly dueMillis: number;
  readonly isCopy: boolean;
  readonly isDead: boolean;
}

export interface StoreStats {
  readonly sent: number;
  readonly copies: number;
  readonly deliveries: number;
  readonly dead: number;
  readonly refused: number;
  readonly mostAttempts: number;
  /** Waiting, on its way, or in the dead-letter queue. */
  readonly open: number;
}

export interface TakenMessages {
  readonly queue: string;
  readonly messages: readonly CarriedMessage[];
  /** What the consumer decided; `killed`: it ended without a word; `absent`: it never heard of them. */
  decide(decisions: Decisions | 'killed' | 'absent'): void;
}

/** Messages of a queue and its dead-letter queue. Delivers at least once, in any order: a share of all messages comes twice. */
export interface MessageStore {
  /** Undefined, or why the message is refused. */
  send(body: Uint8Array): string | undefined;
  /** A consumer's next batch, undefined while nothing is due. */
  take(size: number): TakenMessages | undefined;
  stats(): StoreStats;
}

export function createMessageStore(random: Random, twiceShare: number, now: () => number): MessageStore {
  let waiting: Message[] = [];
  const counts = { sent: 0, copies: 0, deliveries: 0, dead: 0, refused: 0, mostAttempts: 0 };
  let inFlight = 0;
  let secondMillis = 0;
  let inSecond = 0;

  function again(message: Message, delaySeconds: number): void {
    if (message.isDead) return;
    if (message.attempts > queueLimits.maxRetries) {
      counts.dead++;
      waiting.push({ ...message, isDead: true, dueMillis: now() });
      return;
    }
    const delay = Math.min(queueLimits.maxDelaySeconds, Math.max(0, delaySeconds));
    waiting.push({ ...message, attempts: message.attempts + 1, dueMillis: now() + delay * 1000 });
  }

  return {
    send(body) {
      if (now() - secondMillis >= 1000) {
        secondMillis = now();
        inSecond = 0;
      }
      const tooMany = ++inSecond > queueLimits.messagesPerSecond && 'Too Many Requests';
      const reason = tooMany || (body.length > queueLimits.messageBytes && 'message length exceeds limit');
      if (reason) {
        counts.refused++;
        return reason;
      }
      const id = (++counts.sent).toString(16).padStart(32, '0');
      waiting.push({ id, body, attempts: 1, dueMillis: now(), isCopy: false, isDead: false });
      return undefined;
    },
    take(size) {
      const nowMillis = now();
      const due = waiting.filter(({ dueMillis }) => dueMillis <= nowMillis);
      if (due.length === 0) return undefined;
      const { isDead } = random.pick(due);
      const pool = due.filter((message) => message.isDead === isDead);
      const messages: Message[] = [];
      let bytes = 0;
      while (pool.length > 0 && messages.length < Math.min(size, queueLimits.batchMessages)) {
        const [message] = pool.splice(random.below(pool.length), 1) as [Message];
        if (bytes + message.body.length > queueLimits.batchBytes) break;
        bytes += message.body.length;
        messages.push(message);
      }
      const taken = new Set(messages);
      waiting = waiting.filter((message) => !taken.has(message));
      for (const message of messages) {
        counts.deliveries++;
        counts.mostAttempts = Math.max(counts.mostAttempts, message.attempts);
        if (message.isCopy || message.attempts > 1 || !random.chance(twiceShare)) continue;
        counts.copies++;
        waiting.push({ ...message, isCopy: true, dueMillis: nowMillis + random.below(600_000) });
      }
      inFlight += messages.length;
      return {
        queue: isDead ? 'spans-dlq' : 'spans',
        messages: messages.map(({ id, attempts, body }) => ({ id, attempts, body: Buffer.from(body).toString('base64') })),
        decide(decisions) {
          inFlight -= messages.length;
          if (decisions === 'absent') {
            waiting.push(...messages);
            return;
          }
          for (const message of messages) {
            const retry = decisions === 'killed' ? { delaySeconds: 0 } : decisions.retries.find(({ id }) => id === message.id);
            if (retry !== undefined) again(message, retry.delaySeconds);
          }
        },
      };
    },
    stats: () => ({ ...counts, open: waiting.length + inFlight }),
  };
}
