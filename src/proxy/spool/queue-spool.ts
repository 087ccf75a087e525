import { spanIdOf } from '../../datadog/hex-ids.ts';
import type { Inflate } from '../inflate.ts';
import type { ProxyLog } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { IntakeBatch, Outcome } from '../upstream/upstream.ts';
import { batchKey, type Spool } from './spool.ts';
import { fromRecord, spansOfRecord, toRecords } from './spool-record.ts';

/** The producer's side of a Cloudflare Queue. @see https://developers.cloudflare.com/queues/configuration/javascript-apis/ */
export interface QueueBinding {
  send(body: Uint8Array | ArrayBuffer, options?: { contentType?: 'bytes' }): Promise<unknown>;
}

/** The consumer's side: messages as they come, not before their time, some twice. */
export interface QueueMessages {
  readonly queue: string;
  readonly messages: readonly QueueMessage[];
}

export interface QueueMessage {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** Queues take 128,000 bytes a message, and some of that is theirs. */
export const maxMessageBytes = 120_000;
const firstDelaySeconds = 10;
const longestDelaySeconds = 3_600;
/** Another has the message: soon it is done, or its lease of 45 s is over. */
const inFlightDelaySeconds = 30;
/**
 * A pause is at most this share of the time since the batch came, so that what an outage kept is tried again soon after, and 100 tries
 * are days. Not by the count of tries: consumers that were killed raise that, too.
 */
const delayShareOfAge = 0.5;
/** Messages handed on at once. */
const concurrency = 6;
/** Of a proxy that nobody has set up rightly: 100 tries are two weeks, and no queue keeps a message longer. Below the longest that a queue allows, 12 hours. */
const longestDeferralSeconds = 14_400;
const firstDeferralSeconds = 60;

/**
 * A spool in a Cloudflare Queue: durable when `send` resolves. A batch above a message's size becomes several. Hand `proxy.queue` to the
 * Worker as well: it takes what the queue brings.
 *
 * @example
 * ```ts
 * const proxy = createIntakeProxy((env) => ({ ...options, spool: queueSpool(env.SPOOL) }));
 * export default { fetch: proxy.fetch, queue: proxy.queue };
 * ```
 */
export function queueSpool(queue: QueueBinding): Spool {
  return {
    async put(batch, report) {
      const records = toRecords(batch, maxMessageBytes);
      try {
        for (const { bytes, spanCount } of records) if (spanCount > 0) await queue.send(bytes, { contentType: 'bytes' });
      } catch {
        report?.failed?.('queue_send');
        return false;
      }
      const leftOutCount = records.reduce((sum, record) => sum + record.leftOutCount, 0);
      if (leftOutCount > 0) report?.dropped(leftOutCount, 'spool_oversize');
      return true;
    },
  };
}

export interface QueueConsumerOptions {
  /** Suppresses duplicates by the key: a batch may be several messages, and each may come twice. */
  readonly once: (key: string, run: () => Promise<Outcome>) => Promise<Outcome>;
  readonly handOn: (batch: IntakeBatch) => Promise<Outcome>;
  readonly inflate: Inflate;
  readonly metrics: Metrics;
  readonly log: ProxyLog;
  readonly random: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Hands on what a queue brings: each message is acknowledged or retried by itself, later each time, with jitter; what no upstream takes
 * is counted and gone; so is what comes out of a dead-letter queue (a queue whose name ends in `-dlq`), which would else be lost unseen.
 * Never rejects: an error of one message makes that one come again.
 */
export async function consumeQueue({ queue, messages }: QueueMessages, options: QueueConsumerOptions): Promise<void> {
  const open = [...messages];
  const isDead = queue.endsWith('-dlq');
  const work = async (): Promise<void> => {
    for (let message = open.shift(); message !== undefined; message = open.shift()) {
      try {
        await consume(message, isDead, options);
      } catch (error) {
        options.metrics.add('messages_failed', 1);
        options.log({ level: 'error', event: 'queue_error', code: error instanceof Error ? error.name : typeof error });
        message.retry({ delaySeconds: deferralSeconds(message) });
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/** Every message comes again, later each time: for a proxy that is closed. */
export function deferQueue({ messages }: QueueMessages): void {
  for (const message of messages) message.retry({ delaySeconds: deferralSeconds(message) });
}

function deferralSeconds({ attempts }: QueueMessage): number {
  return Math.min(longestDeferralSeconds, firstDeferralSeconds * 2 ** Math.min(20, Math.max(0, attempts - 1)));
}

async function consume(
  message: QueueMessage,
  isDead: boolean,
  { once, handOn, inflate, log, metrics, random, now }: QueueConsumerOptions,
): Promise<void> {
  const record = toBytes(message.body);
  const batch = isDead ? undefined : fromRecord(record, inflate);
  const drop = (reason: 'queue_dead' | 'queue_poison', code?: string, takenSpans = 0): void => {
    const spans = (batch?.line.spans ?? spansOfRecord(record)) - takenSpans;
    metrics.add('spans_dropped', spans, reason);
    log({ level: 'error', event: reason, code, spans });
  };
  if (batch === undefined) {
    drop(isDead ? 'queue_dead' : 'queue_poison');
    return message.ack();
  }
  const outcome = await once(`>${batchKey(batch)}.${spanIdOf(batch.chunks[0]![0]!)}`, async () => {
    const first = await handOn(batch);
    if (first.status !== 'rejected') return first;
    // Done with, and to be remembered so.
    drop('queue_poison', first.code, first.takenSpans);
    return { status: 'ok' };
  });
  if (outcome.status !== 'retry') message.ack();
  else {
    const ageSeconds = Math.max(0, now() - batch.receivedAtMillis) / 1000;
    const byAge = Math.min(longestDelaySeconds, firstDelaySeconds + ageSeconds * delayShareOfAge);
    const delay = outcome.code === 'in_flight' ? inFlightDelaySeconds : byAge;
    const least = Math.min(longestDelaySeconds, (outcome.afterMillis ?? 0) / 1000);
    message.retry({ delaySeconds: Math.ceil(Math.max(least, delay / 2 + (random() * delay) / 2)) });
  }
}

function toBytes(body: unknown): Uint8Array<ArrayBuffer> {
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return ArrayBuffer.isView(body) ? Uint8Array.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) : new Uint8Array(0);
}
