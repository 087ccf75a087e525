import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { EnvelopeLine } from '../../../src/export/envelope.ts';
import { envelopeOf, goodPayload } from '../proxy/envelopes.ts';
import type { Random } from '../random.ts';
import { spanNames } from './fake-agent.ts';

/** A batch of a page: never changes between tries. */
export interface SentBatch {
  readonly line: Pick<EnvelopeLine, 'client' | 'seq' | 'raw' | 'spans'>;
  readonly payload: Uint8Array;
  readonly names: readonly string[];
}

export function makeBatches(random: Random, count: number, spanCount: number): SentBatch[] {
  const client = (): string => Buffer.from(random.bytes(16)).toString('hex');
  let current = client();
  return Array.from({ length: count }, (_, index) => {
    // Pages of twenty batches each.
    if (index % 20 === 0) current = client();
    const { payload, rawBytes } = goodPayload(random, spanCount);
    const names = spanNames(gunzipSync(payload).toString());
    return { line: { client: current, seq: index % 20, raw: rawBytes, spans: spanCount }, payload, names };
  });
}

export interface SenderOptions {
  readonly batches: readonly SentBatch[];
  /** Batches become due over this long, out of order. */
  readonly overMillis: number;
  /** Share of batches that are delivered a second time though the first was taken. */
  readonly twiceShare: number;
  /** The second delivery comes at once, or within this long. */
  readonly lateMillis: number;
  readonly concurrency: number;
  readonly random: Random;
  /** The scaled clock. */
  readonly now: () => number;
  readonly scale: number;
  /** Where the proxy is now, undefined while there is none. */
  readonly url: () => string | undefined;
}

/** A client as the contract describes it, but one that never gives up. */
export interface Sender {
  readonly answers: ReadonlyMap<string, number>;
  /** Deliveries whose answer was 202, and those that are still to be taken. */
  taken(): number;
  left(): number;
  /** Holds back what has to be sent again, until let go. */
  hold(isHeld: boolean): void;
  stop(): Promise<void>;
}

interface Delivery {
  readonly batch: SentBatch;
  dueMillis: number;
  attempt: number;
}

const firstPauseMillis = 1_000;
const longestPauseMillis = 60_000;

export function startSender({ batches, overMillis, twiceShare, lateMillis, concurrency, random, now, scale, url }: SenderOptions): Sender {
  const answers = new Map<string, number>();
  const beganMillis = now();
  const due: Delivery[] = [];
  batches.forEach((batch) => {
    const dueMillis = beganMillis + random.below(overMillis);
    due.push({ batch, dueMillis, attempt: 1 });
    // The second one at once, or some time later.
    if (random.chance(twiceShare))
      due.push({ batch, dueMillis: dueMillis + (random.chance(0.5) ? 0 : random.below(lateMillis)), attempt: 1 });
  });
  due.sort((a, b) => b.dueMillis - a.dueMillis);
  const all = due.length;
  let taken = 0;
  let isHeld = false;
  let isStopped = false;
  let again: Delivery[] = [];
  const agent = new Agent({ keepAlive: false });

  function next(): Delivery | undefined {
    const nowMillis = now();
    const index = isHeld ? -1 : again.findIndex(({ dueMillis }) => dueMillis <= nowMillis);
    if (index >= 0) return again.splice(index, 1)[0];
    return due.at(-1) !== undefined && due.at(-1)!.dueMillis <= nowMillis ? due.pop() : undefined;
  }

  async function work(): Promise<void> {
    while (!isStopped) {
      const target = url();
      const delivery = target === undefined ? undefined : next();
      if (delivery === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const { batch, attempt } = delivery;
      const answer = await post(`${target}/t`, envelopeOf({ ...batch.line, attempt, sentAt: now() }, batch.payload), agent);
      answers.set(answer.text, (answers.get(answer.text) ?? 0) + 1);
      if (answer.text === '202') {
        taken++;
        continue;
      }
      const jitter = (random.below(1_000) / 1_000) * Math.min(longestPauseMillis, firstPauseMillis * 2 ** Math.min(attempt - 1, 10));
      again.push({ batch, attempt: attempt + 1, dueMillis: now() + Math.max(jitter, answer.retryAfterSeconds * 1000) });
    }
  }

  const working = Promise.all(Array.from({ length: concurrency }, work));
  return {
    answers,
    taken: () => taken,
    left: () => all - taken,
    hold(next) {
      isHeld = next;
      if (!next) again = again.map((delivery) => ({ ...delivery, dueMillis: Math.min(delivery.dueMillis, now() + 1_000 * scale) }));
    },
    async stop() {
      isStopped = true;
      await working;
      agent.destroy();
    },
  };
}

interface Answer {
  readonly text: string;
  readonly retryAfterSeconds: number;
}

function post(url: string, body: Uint8Array, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: Error & { code?: string }): void => resolve({ text: error.code ?? error.message, retryAfterSeconds: 0 });
    const outgoing = request(url, { method: 'POST', agent, timeout: 20_000, headers: { 'content-length': body.length } }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        const code = /"error":"(\w+)"/.exec(text)?.[1];
        resolve({
          text: code === undefined ? `${incoming.statusCode}` : `${incoming.statusCode} ${code}`,
          retryAfterSeconds: Number(incoming.headers['retry-after'] ?? 0),
        });
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
