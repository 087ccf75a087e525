import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encoded, fakeHost, isBalanced } from './fake-host.ts';

test('spans leave after the delay, or at once when a batch is full', async () => {
  const { processor, sent, pass, spans, ledger } = fakeHost();
  spans(3);
  await pass(4_999);
  expect(sent).toHaveLength(0);
  await pass(1);
  expect(sent.map(({ batch }) => [batch.seq, batch.spans, batch.enc])).toEqual([[0, 3, 'identity']]);
  spans(25);
  expect(sent).toHaveLength(1);
  await pass(0);
  expect(sent.slice(1).map(({ batch }) => batch.spans)).toEqual([10, 10, 5]);
  expect(await processor.flush(1000)).toEqual({ delivered: 0, pending: 0, dropped: 0 });
  expect(ledger.stats).toMatchObject({ started: 28, delivered: 28, buffered: 0, inFlight: 0 });
});

test('a failed batch is sent again with the same bytes, number and ledger, then gives way to the next', async () => {
  const host = fakeHost();
  let failures = 2;
  host.answer = () => (failures-- > 0 ? { kind: 'retry', reason: 'retry_expired' } : { kind: 'delivered' });
  host.spans(1);
  await host.pass(5_000);
  host.spans(1);
  expect(host.ledger.stats).toMatchObject({ buffered: 2, inFlight: 0 });
  await host.pass(60_000);
  expect(host.sent.map(({ batch, attempt }) => [batch.seq, attempt])).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 1],
  ]);
  expect(host.sent[0]?.batch.payload).toBe(host.sent[2]?.batch.payload);
  expect(host.ledger.stats.delivered).toBe(2);
});

test('while a receiver is down there is one request at a time, spaced by backoff, whatever is ended meanwhile', async () => {
  const host = fakeHost();
  host.answer = () => ({ kind: 'retry', reason: 'retry_expired' });
  for (let second = 0; second < 60; second++) {
    host.spans(5);
    await host.pass(1_000);
  }
  expect(host.sent.length).toBeLessThan(12);
  expect(isBalanced(host.ledger)).toBe(true);
  expect(host.ledger.stats.dropped.queue_full).toBeGreaterThan(0);
});

test('the oldest without an error is shed first, and the next batch says so', async () => {
  const host = fakeHost({ maxQueueSize: 20 });
  host.spans(10, { status: 2 });
  host.spans(10);
  host.spans(5);
  expect(host.ledger.stats.dropped).toEqual({ queue_full: 10 });
  await host.pass(5_000);
  expect(host.sent.map(({ batch }) => [batch.spans, batch.hasError, batch.ledger])).toEqual([
    [10, true, { notSampled: 0, dropped: { queue_full: 10 } }],
    [5, false, { notSampled: 0, dropped: {} }],
  ]);
});

test('a batch that is given up gives its spans and its ledger to the next one', async () => {
  const host = fakeHost({ maxQueueSize: 10 });
  host.answer = ({ batch }) => (batch.seq === 0 ? { kind: 'final', reason: 'rejected_4xx', detail: '400' } : { kind: 'delivered' });
  host.spans(11);
  await host.pass(0);
  host.spans(1);
  await host.pass(5_000);
  expect(host.sent.map(({ batch }) => [batch.seq, batch.ledger.dropped])).toEqual([
    [0, { queue_full: 10 }],
    [1, { queue_full: 10, rejected_4xx: 1 }],
  ]);
  expect(host.told).toEqual(['final: 400']);
  expect(isBalanced(host.ledger)).toBe(true);
});

test('three refusals in a row by a receiver that never took anything: silence, counted', async () => {
  const host = fakeHost();
  host.answer = () => ({ kind: 'final', reason: 'rejected_4xx', detail: '404' });
  for (let round = 0; round < 5; round++) {
    host.spans(1);
    await host.pass(5_000);
  }
  expect(host.sent).toHaveLength(3);
  expect(host.ledger.stats.dropped).toEqual({ rejected_4xx: 5 });
  await host.pass(300_000);
  host.spans(1);
  await host.pass(5_000);
  expect(host.sent).toHaveLength(4);
});

test('a batch is given up at its age, with the reason of its last answer', async () => {
  const host = fakeHost();
  host.answer = () => ({ kind: 'retry', reason: 'rate_limited' });
  host.spans(1);
  await host.pass(2_000_000);
  expect(host.ledger.stats.dropped).toEqual({ rate_limited: 1 });
  expect(isBalanced(host.ledger)).toBe(true);
});

test('flush comes back in time when the receiver hangs, and at the first failure at exit', async () => {
  const host = fakeHost();
  host.answer = () => new Promise(() => {});
  host.spans(2);
  const flushed = host.processor.flush(3_000);
  await host.pass(3_000);
  expect(await flushed).toEqual({ delivered: 0, pending: 2, dropped: 0 });

  const refusing = fakeHost();
  refusing.answer = () => ({ kind: 'retry', reason: 'retry_expired' });
  refusing.spans(2);
  const exited = refusing.processor.flush(3_000, true);
  await refusing.pass(0);
  expect(await exited).toEqual({ delivered: 0, pending: 2, dropped: 0 });
  refusing.processor.abandon('exit_overflow');
  expect(refusing.ledger.stats.dropped).toEqual({ exit_overflow: 2 });
});

test('what is still being compressed when the rest is given up never leaves, and is counted once', async () => {
  let goOn = (): void => {};
  const prepared = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const sent: unknown[] = [];
  const host = fakeHost(
    {},
    {
      transport: {
        isCompressed: false,
        prepare: () => prepared,
        async send(batch) {
          sent.push(batch);
          return { kind: 'delivered' };
        },
      },
    },
  );
  host.spans(3);
  const exited = host.processor.flush(2_000, true);
  await host.pass(2_000);
  expect(await exited).toEqual({ delivered: 0, pending: 3, dropped: 0 });
  host.processor.abandon('exit_overflow');
  host.processor.abandon('exit_overflow');
  goOn();
  await host.pass(0);
  expect(sent).toEqual([]);
  expect(host.ledger.stats).toMatchObject({ dropped: { exit_overflow: 3 }, buffered: 0, inFlight: 0 });
  expect(isBalanced(host.ledger)).toBe(true);

  host.spans(1);
  await host.pass(5_000);
  expect(sent).toHaveLength(1);
  expect(host.ledger.stats.delivered).toBe(1);
});

test('what the encoder leaves out is booked, and nothing is sent where nothing is left', async () => {
  const host = fakeHost({}, { encode: (spans) => encoded([], { notSampled: spans.length - 1, dropped: { oversize: 1 } }) });
  host.spans(4);
  await host.pass(5_000);
  expect(host.sent).toHaveLength(0);
  expect(host.ledger.stats).toMatchObject({ notSampled: 3, dropped: { oversize: 1 }, buffered: 0 });
  expect(isBalanced(host.ledger)).toBe(true);
});

test('page exit sends everything at once, errors first, and once more what is in flight', async () => {
  const host = fakeHost();
  let answerFirst: (() => void) | undefined;
  host.answer = ({ mode }) =>
    mode.isUrgent
      ? { kind: 'delivered' }
      : new Promise((resolve) => (answerFirst = () => resolve({ kind: 'retry', reason: 'retry_expired' })));
  host.spans(10);
  await host.pass(0);
  host.spans(10);
  host.spans(3, { status: 2 });
  host.processor.flushUrgently(false);
  expect(host.sent.map(({ batch, mode, attempt }) => [batch.seq, batch.spans, mode.isUrgent, attempt])).toEqual([
    [0, 10, false, 1],
    [0, 10, true, 2],
    [1, 3, true, 1],
    [2, 10, true, 1],
  ]);
  await host.pass(0);
  answerFirst?.();
  await host.pass(10_000);
  expect(host.sent).toHaveLength(4);
  expect(host.ledger.stats).toMatchObject({ delivered: 23, buffered: 0, inFlight: 0, dropped: {} });
});

test('what does not fit at page exit is kept while the page may come back, and counted when it is gone', async () => {
  const encodeLarge = (spans: readonly unknown[]) => encoded(spans as never, { pieces: [new Uint8Array(spans.length * 1000)] });
  const host = fakeHost({ maxExportBatchSize: 1000, maxBatchRawBytes: 1e9, maxBatchCompressedBytes: 1e9 }, { encode: encodeLarge });
  host.spans(60);
  host.processor.flushUrgently(false);
  const first = host.sent[0]?.batch.spans ?? 0;
  expect(first).toBeGreaterThan(35);
  expect(host.ledger.stats).toMatchObject({ inFlight: first, buffered: 60 - first, dropped: {} });
  await host.pass(0);
  host.spans(60);
  host.processor.flushUrgently(true);
  const last = host.sent.slice(1);
  expect(last.every(({ mode }) => mode.isUrgent && mode.isFinal)).toBe(true);
  const sent = host.sent.reduce((sum, { batch }) => sum + batch.spans, 0);
  expect(last[0]?.batch.ledger.dropped).toEqual({ exit_overflow: 120 - sent });
  expect(isBalanced(host.ledger)).toBe(true);
});

test('nothing is taken after close, and that is counted', () => {
  const host = fakeHost();
  host.processor.close();
  host.spans(2);
  expect(host.ledger.stats).toMatchObject({ started: 2, dropped: { shutdown: 2 } });
});

test('pieces are compressed as one document', async () => {
  const transport = { isCompressed: true, send: async () => ({ kind: 'delivered' }) as const };
  const gzipping = fakeHost({}, { transport });
  const batches: { enc: string; raw: number; payload: Uint8Array }[] = [];
  transport.send = async (...args: unknown[]) => {
    batches.push(args[0] as never);
    return { kind: 'delivered' } as const;
  };
  gzipping.spans(3);
  const flushed = gzipping.processor.flush(1_000);
  await expect.poll(() => batches.length).toBe(1);
  await gzipping.pass(1_000);
  await flushed;
  expect(batches[0]).toMatchObject({ enc: 'gzip', raw: 3 });
  expect(gunzipSync(batches[0]?.payload ?? new Uint8Array()).length).toBe(3);
});
