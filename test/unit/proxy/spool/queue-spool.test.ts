import { expect, test } from 'vitest';
import { createMemoryDedupe } from '../../../../src/proxy/dedupe.ts';
import { createIntakeProxy } from '../../../../src/proxy/handler.ts';
import { inflateGzip } from '../../../../src/proxy/inflate.ts';
import { createMetrics } from '../../../../src/proxy/metrics.ts';
import { consumeQueue, maxMessageBytes, type QueueMessage, queueSpool } from '../../../../src/proxy/spool/queue-spool.ts';
import type { SpoolReport } from '../../../../src/proxy/spool/spool.ts';
import { toRecord } from '../../../../src/proxy/spool/spool-record.ts';
import type { IntakeBatch, Outcome } from '../../../../src/proxy/upstream/upstream.ts';
import { batch, fullBatch } from '../upstream/served.ts';

type Fate = ['ack'] | ['retry', number | undefined];

function message(body: unknown, attempts = 1): QueueMessage & { fate: Fate[] } {
  const fate: Fate[] = [];
  return {
    id: 'x',
    body,
    attempts,
    fate,
    ack: () => void fate.push(['ack']),
    retry: (options) => void fate.push(['retry', options?.delaySeconds]),
  };
}

async function recordsOf(...batches: IntakeBatch[]): Promise<Uint8Array[]> {
  const sent: Uint8Array[] = [];
  const spool = queueSpool({ send: async (body) => sent.push(new Uint8Array(body as ArrayBuffer)) });
  for (const one of batches) expect(await spool.put(one)).toBe(true);
  return sent;
}

function setUp(outcome: (batch: IntakeBatch) => Outcome) {
  const got: IntakeBatch[] = [];
  const upstream = async (one: IntakeBatch): Promise<Outcome> => {
    got.push(one);
    return outcome(one);
  };
  return { got, proxy: createIntakeProxy({ upstream, allowOrigins: [], allowServers: true, auth: 'none', log: () => {} }) };
}

test('what was sent comes back whole; twice is once', async () => {
  const { got, proxy } = setUp(() => ({ status: 'ok' }));
  const [record] = await recordsOf(fullBatch());
  expect(record!.length).toBeLessThan(maxMessageBytes);
  const messages = [
    message(record),
    message(record!.buffer.slice(record!.byteOffset, record!.byteOffset + record!.length)),
    message(record),
  ];
  await proxy.queue({ queue: 'spans', messages });
  expect(messages.map(({ fate }) => fate)).toEqual([[['ack']], [['ack']], [['ack']]]);
  expect(got.map((one) => one.chunks)).toEqual([fullBatch().chunks]);
});

test('each message by itself: taken, later, poison', async () => {
  const outcomes: Record<number, Outcome> = {
    1: { status: 'ok' },
    2: { status: 'retry', code: 'x', afterMillis: 100_000 },
    3: { status: 'rejected', code: 'x' },
  };
  const { proxy } = setUp(({ line }) => outcomes[line.seq]!);
  const records = await recordsOf(batch({ seq: 1 }), { ...batch({ seq: 2 }), receivedAtMillis: Date.now() }, batch({ seq: 3 }));
  const messages = [...records.map((record) => message(record)), message('no batch'), message(new Uint8Array([1, 2]))];
  await proxy.queue({ queue: 'spans', messages });
  expect(messages.map(({ fate }) => fate.map(([what]) => what))).toEqual([['ack'], ['retry'], ['ack'], ['ack'], ['ack']]);
  expect(messages[1]!.fate[0]![1]).toBe(100);
});

test('poison that comes twice is posted once and counted once', async () => {
  const metrics = createMetrics();
  let posts = 0;
  const { once } = createMemoryDedupe({ ttlMillis: 60_000, maxBytes: 1_000_000, waitMillis: 1_000, now: Date.now });
  const handOn = async (): Promise<Outcome> => {
    posts++;
    return { status: 'rejected', code: 'upstream_400' };
  };
  const options = { once, handOn, inflate: inflateGzip, metrics, log: () => {}, random: () => 0, now: Date.now };
  const [record] = await recordsOf(batch());
  const messages = [message(record), message(record)];
  await consumeQueue({ queue: 'spans', messages }, options);
  messages.push(message(record));
  await consumeQueue({ queue: 'spans', messages: messages.slice(2) }, options);
  expect(messages.map(({ fate }) => fate)).toEqual([[['ack']], [['ack']], [['ack']]]);
  expect(posts).toBe(1);
  expect(await metrics.print({})).toContain('edgespan_spans_dropped_total{reason="queue_poison"} 1');
});

test('the older a batch, the later it is tried again, never more than an hour; tries that a killed consumer used up do not count', async () => {
  const delays: number[] = [];
  for (const ageSeconds of [0, 100, 1_800, 86_400]) {
    const [record] = await recordsOf({ ...batch(), receivedAtMillis: Date.now() - ageSeconds * 1_000 });
    const { proxy } = setUp(() => ({ status: 'retry', code: 'x' }));
    const one = message(record, 90);
    await proxy.queue({ queue: 'spans', messages: [one] });
    delays.push(one.fate[0]![1] as number);
  }
  [
    [5, 11],
    [30, 61],
    [455, 911],
    [1_800, 3_600],
  ].forEach(([least, most], index) => {
    expect(delays[index]).toBeGreaterThanOrEqual(least!);
    expect(delays[index]).toBeLessThanOrEqual(most!);
  });
});

test('what another has in hand is tried again soon, however old it is', async () => {
  const [record] = await recordsOf({ ...batch(), receivedAtMillis: Date.now() - 86_400_000 });
  const proxy = createIntakeProxy({
    upstream: async () => expect.unreachable('handed on') as never,
    dedupe: { once: async () => ({ status: 'retry', code: 'in_flight', afterMillis: 2_000 }) },
    allowOrigins: [],
    allowServers: true,
    auth: 'none',
    log: () => {},
  });
  const one = message(record);
  await proxy.queue({ queue: 'spans', messages: [one] });
  expect(one.fate[0]![1]).toBeLessThanOrEqual(30);
});

test('a dead-letter queue is counted, not handed on', async () => {
  const { got, proxy } = setUp(() => ({ status: 'ok' }));
  const [record] = await recordsOf(batch());
  const one = message(record);
  await proxy.queue({ queue: 'spans-dlq', messages: [one] });
  expect([one.fate, got]).toEqual([[['ack']], []]);
});

test('a queue that refuses keeps nothing, a proxy that is closed loses nothing', async () => {
  expect(await queueSpool({ send: () => Promise.reject(new Error('Too Many Requests')) }).put(batch())).toBe(false);
  const closed = createIntakeProxy({ upstream: async () => ({ status: 'ok' }), log: () => {} });
  const one = message(new Uint8Array());
  await closed.queue({ queue: 'spans', messages: [one] });
  expect(one.fate).toEqual([['retry', 60]]);
  let seconds = 0;
  for (let attempts = 1; attempts <= 100; attempts++) {
    const again = message(new Uint8Array(), attempts);
    await closed.queue({ queue: 'spans', messages: [again] });
    const delay = again.fate[0]![1] as number;
    // The longest that a queue allows.
    expect(delay).toBeLessThanOrEqual(43_200);
    seconds += delay;
  }
  // Longer than a queue keeps a message.
  expect(seconds).toBeGreaterThan(14 * 86_400);
});

test('spans too large for a record are counted, and a batch of nothing else is no message', async () => {
  const [span] = batch().chunks[0]!;
  const large = { ...span!, meta: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}`, 'x'.repeat(20_000)])) };
  const sent: unknown[] = [];
  const counted: unknown[] = [];
  const spool = queueSpool({ send: async (body) => sent.push(body) });
  const report: SpoolReport = { dropped: (...told) => counted.push(told), forgotten: () => {} };
  expect(await spool.put({ ...batch(), chunks: [[large]] }, report)).toBe(true);
  expect([sent.length, counted]).toEqual([0, [[1, 'spool_oversize']]]);
});

test('an error of one message makes that one come again, and is no matter of the others', async () => {
  const metrics = createMetrics();
  const records = await recordsOf(batch({ seq: 1 }), batch({ seq: 2 }));
  const messages = [message(records[0]), message(toRecord({ ...batch(), chunks: [] }).bytes), message(records[1])];
  await consumeQueue(
    { queue: 'spans', messages },
    {
      once: (_, run) => run(),
      handOn: async ({ line }) => {
        if (line.seq === 1) throw new Error('a fault of ours');
        return { status: 'ok' };
      },
      inflate: inflateGzip,
      metrics,
      log: () => {},
      random: () => 0.5,
      now: Date.now,
    },
  );
  expect(messages.map(({ fate }) => fate)).toEqual([[['retry', 60]], [['ack']], [['ack']]]);
  expect(await metrics.print({})).toContain('edgespan_messages_failed_total 1');
});

test('how many spans a damaged message held is counted', async () => {
  const metrics = createMetrics();
  const [record] = await recordsOf(batch());
  for (const queue of ['spans', 'spans-dlq']) {
    const one = message(record!.subarray(0, -9));
    const handOn = async (): Promise<Outcome> => expect.unreachable('handed on') as never;
    await consumeQueue(
      { queue, messages: [one] },
      { once: (_, run) => run(), handOn, inflate: inflateGzip, metrics, log: () => {}, random: () => 0, now: Date.now },
    );
    expect(one.fate).toEqual([['ack']]);
  }
  const text = await metrics.print({});
  expect(text).toContain('edgespan_spans_dropped_total{reason="queue_poison"} 1');
  expect(text).toContain('edgespan_spans_dropped_total{reason="queue_dead"} 1');
});
