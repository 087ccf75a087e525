import type { Batch, EncodedSpans, SendMode } from '../../../src/export/batch.ts';
import {
  type BatchHost,
  type BatchOptions,
  type BatchSpanProcessor,
  createBatchSpanProcessor,
} from '../../../src/export/batch-span-processor.ts';
import { flushUrgently } from '../../../src/export/exit-flush.ts';
import { Ledger } from '../../../src/export/ledger.ts';
import type { Answer } from '../../../src/export/retry.ts';
import type { SpanData } from '../../../src/trace/span-data.ts';

export const limits: BatchOptions = {
  maxQueueSize: 100,
  maxQueueBytes: 100_000,
  maxExportBatchSize: 10,
  maxBatchRawBytes: 50_000,
  maxBatchCompressedBytes: 5_000,
  scheduledDelayMillis: 5_000,
};

export interface Sent {
  readonly batch: Batch;
  readonly mode: SendMode;
  /** The attempt when it was sent: the batch itself goes on. */
  readonly attempt: number;
}

export interface FakeHost {
  readonly processor: BatchSpanProcessor;
  readonly ledger: Ledger;
  readonly sent: Sent[];
  readonly told: string[];
  /** What the receiver answers; by default it takes everything. */
  answer: (sent: Sent) => Answer | Promise<Answer>;
  /** Moves the clock and runs what is due, in order. */
  pass(millis: number): Promise<void>;
  /** Starts and ends so many spans. */
  spans(count: number, changes?: Partial<SpanData>): void;
}

/** A processor with a clock and a receiver of the test's own. Payloads are not compressed, one byte a span. */
export function fakeHost(options: Partial<BatchOptions> = {}, changes: Partial<BatchHost> = {}): FakeHost {
  let now = 1_000_000;
  let timers: { at: number; run: () => void }[] = [];
  const ledger = new Ledger();
  const told: string[] = [];
  const sent: Sent[] = [];
  const fake: FakeHost = {
    processor: undefined as never,
    ledger,
    sent,
    told,
    answer: () => ({ kind: 'delivered' }),
    async pass(millis) {
      const end = now + millis;
      await settle();
      for (;;) {
        const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        now = Math.max(now, due.at);
        due.run();
        await settle();
      }
      now = end;
    },
    spans(count, data) {
      for (let index = 0; index < count; index++) {
        fake.processor.onStart();
        fake.processor.onEnd({ status: 0, ...data } as SpanData);
      }
    },
  };
  const host: BatchHost = {
    encode: (spans) => encoded(spans),
    estimate: () => 100,
    keyOf: () => '',
    transport: {
      isCompressed: false,
      send: async (batch, mode) => {
        const one = { batch, mode, attempt: batch.attempt };
        sent.push(one);
        return fake.answer(one);
      },
    },
    gzipSync: () => undefined,
    pause: async () => {},
    later(run, millis) {
      const timer = { at: now + millis, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    nowMillis: () => now,
    random: () => 0.5,
    onTrouble: ({ kind, detail }) => told.push(`${kind}: ${detail}`),
    ledger,
    identity: { client: 'c', nextSeq: 0 },
    silenceMillis: 300_000,
    flushUrgently,
    ...changes,
  };
  return Object.assign(fake, { processor: createBatchSpanProcessor({ ...limits, ...options }, host) });
}

export function encoded(spans: readonly SpanData[], changes: Partial<EncodedSpans> = {}): EncodedSpans {
  return {
    pieces: [new Uint8Array(spans.length).map(() => 32)],
    spans: spans.length,
    traces: 1,
    notSampled: 0,
    dropped: {},
    service: 's',
    env: 'e',
    version: 'v',
    ...changes,
  };
}

/** Lets promises and streams get on. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 12; turns++) await new Promise((resolve) => setImmediate(resolve));
}

/** The identity of the books. */
export function isBalanced({ stats }: Ledger): boolean {
  const lost = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
  const { started, open, notSampled, delivered, buffered, inFlight, stored } = stats;
  const parts = [open, notSampled, delivered, buffered, inFlight, stored];
  return started === parts.reduce((sum, part) => sum + part, lost) && parts.every((part) => part >= 0);
}
