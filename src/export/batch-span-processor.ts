import type { SpanData } from '../trace/span-data.ts';
import type { SpanProcessor } from '../trace/span-processor.ts';
import type { Batch, SendMode } from './batch.ts';
import { type CutterHost, createBatchCutter } from './batch-cutter.ts';
import type { DropReason } from './envelope.ts';
import type { FlushUrgently } from './exit-flush.ts';
import type { Later } from './fetch-transport.ts';
import { type Answer, retryDelayMillis, type Trouble } from './retry.ts';
import { isBatch, type QueueEntry, type QueueLimits, SpanQueue, spanCountOf } from './span-queue.ts';

export interface BatchOptions extends QueueLimits {
  /** Infinity: nothing leaves but by `flush` and in full batches. */
  readonly scheduledDelayMillis: number;
}

export interface BatchHost extends CutterHost {
  /** Bytes of a span on the wire, about. */
  readonly estimate: (span: SpanData) => number;
  /** Spans of one batch share this: env and version. */
  readonly keyOf: (span: SpanData) => string;
  readonly later: Later;
  readonly random: () => number;
  /** Told of each answer that is none of 202. */
  readonly onTrouble: (answer: Trouble) => void;
  /** `flushUrgently`, where there are pages that end. */
  readonly flushUrgently?: FlushUrgently | undefined;
  /** After three refusals in a row by a receiver that never took anything: this long nothing is sent. */
  readonly silenceMillis: number;
}

export interface FlushResult {
  readonly delivered: number;
  readonly pending: number;
  readonly dropped: number;
}

export interface BatchSpanProcessor extends SpanProcessor {
  onStart(): void;
  /**
   * Sends all that has ended. Resolves when it is delivered or lost and `others` have resolved, or after `timeoutMillis`; where
   * `isExit`, also at the first failure that would have to be waited for. Never rejects where `others` do not.
   */
  flush(timeoutMillis: number, isExit?: boolean, others?: Promise<void>): Promise<FlushResult>;
  /** Sends what fits into the quota of page exit, at once. `isGone`: the page will not come back, so the rest is counted as lost. */
  flushUrgently(isGone: boolean): void;
  /** Takes no more spans, and counts those that come. */
  close(): void;
  /** Counts what is still here as lost. */
  abandon(reason: DropReason): void;
}

const maxFinals = 3;

/** Buffers finished spans, cuts them into batches and sees each to its end. */
export function createBatchSpanProcessor(options: BatchOptions, host: BatchHost): BatchSpanProcessor {
  const { ledger, transport, later, nowMillis } = host;
  const { stats } = ledger;
  const queue = new SpanQueue(options);
  const cutter = createBatchCutter(queue, host);
  /** What is being compressed or is in flight. */
  let current: QueueEntry | undefined;
  let isRunning = false;
  let isClosed = false;
  let hasDelivered = false;
  let finalsInARow = 0;
  /** Of the receiver, not of one batch: a queue that overflows may not start the backoff anew. */
  let failuresInARow = 0;
  let silentUntilMillis = 0;
  let retryAtMillis = 0;
  let stopTimer: (() => void) | undefined;
  const leaving = { bytes: 0, requests: 0 };
  const onIdle = new Set<() => unknown>();
  const onFailure = new Set<() => void>();

  function schedule(millis: number, isSooner = false): void {
    if (stopTimer && !isSooner) return;
    stopTimer?.();
    stopTimer = millis === Number.POSITIVE_INFINITY ? undefined : later(wake, millis);
  }

  function wake(): void {
    stopTimer = undefined;
    queue.closeAll();
    void run();
  }

  /** One entry after the other: a receiver in trouble never sees more than one request. */
  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    let retryMillis: number | undefined;
    while (retryMillis === undefined) {
      current = queue.next();
      if (!current) break;
      const batch: Batch | undefined = isBatch(current) ? current : await cutter.cut(current);
      current = batch;
      if (batch) retryMillis = await send(batch, { isUrgent: false, isFinal: false });
    }
    current = undefined;
    isRunning = false;
    if (retryMillis !== undefined) {
      retryAtMillis = nowMillis() + retryMillis;
      schedule(retryMillis, true);
      for (const done of onFailure) done();
    } else {
      if (queue.spanCount > 0) schedule(options.scheduledDelayMillis);
      for (const done of onIdle) done();
    }
  }

  /** One attempt. Returns the milliseconds until the next, where there has to be one. */
  async function send(batch: Batch, mode: SendMode): Promise<number | undefined> {
    if (batch.tries === 0) {
      stats.buffered -= batch.spans;
      stats.inFlight += batch.spans;
    }
    if (nowMillis() < silentUntilMillis) {
      giveUp(batch, 'rejected_4xx');
      return undefined;
    }
    batch.attempt++;
    batch.tries++;
    const answer = await transport.send(batch, mode);
    batch.tries--;
    return batch.isSettled ? undefined : settle(batch, answer);
  }

  function settle(batch: Batch, answer: Answer): number | undefined {
    if (answer.kind === 'delivered') {
      batch.isSettled = true;
      hasDelivered = true;
      finalsInARow = 0;
      failuresInARow = 0;
      stats.inFlight -= batch.spans;
      stats.delivered += batch.spans;
      return undefined;
    }
    // Page exit may have sent it a second time: the other answer decides.
    if (answer.kind === 'retry' && batch.tries > 0) return undefined;
    host.onTrouble(answer);
    failuresInARow++;
    const retryMillis = retryDelayMillis(failuresInARow, answer, nowMillis() - batch.cutAtMillis, host.random());
    if (retryMillis === undefined) {
      if (answer.kind === 'final' && ++finalsInARow >= maxFinals && !hasDelivered) silentUntilMillis = nowMillis() + host.silenceMillis;
      giveUp(batch, answer.reason);
      return undefined;
    }
    stats.inFlight -= batch.spans;
    stats.buffered += batch.spans;
    queue.putBack(batch);
    shed();
    return retryMillis;
  }

  function giveUp(batch: Batch, reason: DropReason): void {
    batch.isSettled = true;
    ledger.drop(reason, batch.spans, 'inFlight');
    ledger.putBack(batch.ledger);
  }

  function lose(entry: QueueEntry, reason: DropReason): void {
    ledger.drop(reason, spanCountOf(entry), 'buffered');
    if (isBatch(entry)) ledger.putBack(entry.ledger);
  }

  function shed(): void {
    for (const entry of queue.shed()) lose(entry, 'queue_full');
  }

  function lostCount(): number {
    return Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
  }

  return {
    onStart() {
      stats.started++;
      stats.open++;
    },
    onEnd(span) {
      if (isClosed) {
        ledger.drop('shutdown', 1, 'open');
        return;
      }
      stats.open--;
      stats.buffered++;
      const isFull = queue.add(host.keyOf(span), span, host.estimate(span));
      shed();
      // Always by a timer: encoding never runs on the stack of the application that ended the span.
      if (isFull && !isRunning && nowMillis() >= retryAtMillis) schedule(0, true);
      else schedule(options.scheduledDelayMillis);
    },
    async flush(timeoutMillis, isExit, others = Promise.resolve()) {
      const { delivered } = stats;
      const lost = lostCount();
      await new Promise<void>((resolve) => {
        const done = (): void => {
          stop();
          onIdle.delete(idle);
          onFailure.delete(done);
          resolve();
        };
        // Somebody waits: with nothing else to do a process would end in the middle of it.
        const stop = later(done, timeoutMillis, true);
        const idle = (): unknown => others.then(done);
        onIdle.add(idle);
        if (isExit) onFailure.add(done);
        stopTimer?.();
        wake();
      });
      return { delivered: stats.delivered - delivered, pending: stats.buffered + stats.inFlight, dropped: lostCount() - lost };
    },
    flushUrgently(isGone) {
      const sendUrgently = (batch: Batch): void => {
        leaving.requests++;
        leaving.bytes += batch.payload.length;
        void send(batch, { isUrgent: true, isFinal: isGone }).then((retryMillis) => {
          leaving.requests--;
          leaving.bytes -= batch.payload.length;
          if (retryMillis !== undefined) schedule(retryMillis);
        });
      };
      host.flushUrgently?.({ queue, cutter, current, leaving, lose, send: sendUrgently }, isGone);
    },
    close() {
      isClosed = true;
    },
    abandon(reason) {
      stopTimer?.();
      // What is being compressed has no request yet that could be aborted; a late one would hold an ending process up.
      if (current && !isBatch(current) && !current.isTaken) {
        current.isTaken = true;
        lose(current, reason);
      }
      for (const entry of queue.takeAll()) lose(entry, reason);
    },
  };
}
