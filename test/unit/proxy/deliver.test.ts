import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBreaker } from '../../../src/proxy/breaker.ts';
import { createDelivery } from '../../../src/proxy/deliver.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import { createMetrics } from '../../../src/proxy/metrics.ts';
import type { Spool } from '../../../src/proxy/spool/spool.ts';
import type { Outcome, Upstream } from '../../../src/proxy/upstream/upstream.ts';
import { batch } from './upstream/served.ts';

const down: Outcome = { status: 'retry', code: 'upstream_503' };
const ok: Outcome = { status: 'ok' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(outcomes: Outcome[], spool?: Spool, other?: Upstream) {
  const sent: number[] = [];
  const logged: ProxyLogEntry[] = [];
  const metrics = createMetrics();
  const upstream: Upstream = async ({ line }) => {
    sent.push(line.seq);
    return outcomes.shift() ?? ok;
  };
  const delivery = createDelivery({
    upstreams: [other ?? upstream],
    spool,
    breaker: createBreaker(Date.now),
    upstreamTimeoutMillis: 10_000,
    log: (entry) => logged.push(entry),
    metrics,
  });
  const background: Promise<unknown>[] = [];
  return {
    sent,
    logged,
    metrics,
    background,
    delivery,
    accept: (one = batch()) => delivery.accept(one, (promise) => background.push(promise)),
  };
}

test('a spool takes what the upstream does not, and what it takes is taken', async () => {
  const kept: number[] = [];
  const { accept, metrics } = setUp([down], { put: async ({ line }) => kept.push(line.seq) > 0 });
  expect(await accept()).toEqual(ok);
  expect(kept).toEqual([1]);
  expect(await metrics.print({})).toContain('edgespan_spans_spooled_total 1');
});

test('what may be in the spool goes there again, and not upstream a second way', async () => {
  const calls: string[] = [];
  const spool: Spool = { put: async () => calls.push('put') > 0 };
  const { delivery, sent } = setUp([], spool);
  const willSpool = async (): Promise<void> => void calls.push('said');
  expect(await delivery.accept(batch(), () => {}, { mayBeSpooled: true, willSpool })).toEqual(ok);
  expect([sent, calls]).toEqual([[], ['said', 'put']]);
  const full = setUp([], { put: async () => false });
  expect(await full.delivery.accept(batch(), () => {}, { mayBeSpooled: true, willSpool })).toMatchObject({ status: 'retry' });
});

test('a full spool is no taking: the sender keeps the batch', async () => {
  const { accept } = setUp([down], { put: async () => false });
  expect(await accept()).toEqual(down);
});

test('what no upstream will ever take is not kept', async () => {
  const { accept } = setUp([{ status: 'rejected', code: 'upstream_400' }], { put: async () => expect.unreachable('kept') as never });
  expect(await accept()).toEqual({ status: 'rejected', code: 'upstream_400' });
});

test('an upstream that is down is not asked each time', async () => {
  const { accept, sent } = setUp([down, down, down]);
  for (let count = 0; count < 5; count++) await accept();
  expect(sent).toHaveLength(3);
  expect(await accept()).toMatchObject({ status: 'retry', code: 'upstream_down', afterMillis: 1_000 });
});

test('an upstream that throws refuses the batch: nobody else waits for it, and no spool tries it for ever', async () => {
  let calls = 0;
  const { metrics, delivery } = setUp([], { put: async () => expect.unreachable('kept') as never }, async () => {
    if (++calls < 5) throw new RangeError('a fault of ours');
    return ok;
  });
  const rejected: Outcome = { status: 'rejected', code: 'internal_error' };
  for (let count = 0; count < 4; count++) expect(await delivery.accept(batch(), () => {})).toEqual(rejected);
  expect(await delivery.accept(batch(), () => {})).toEqual(ok);
  expect(await metrics.print({})).toContain('edgespan_spans_delivered_total 1');
});

test('spans that an upstream says it did not take are counted, and said', async () => {
  const { accept, metrics, logged } = setUp([{ status: 'ok', rejectedSpans: 2 }]);
  expect(await accept(batch({ spans: 5 }))).toMatchObject(ok);
  expect(await metrics.print({})).toContain('edgespan_spans_dropped_total{reason="upstream_partial"} 2');
  expect(await metrics.print({})).toContain('edgespan_spans_delivered_total 3');
  expect(logged).toEqual([{ level: 'warn', event: 'upstream', code: 'upstream_partial', spans: 2 }]);
});

test('the last batch of a page is tried for 25 s after its answer', async () => {
  const { accept, background, sent, metrics } = setUp([down, down]);
  expect(await accept(batch({ final: true }))).toEqual(down);
  await vi.advanceTimersByTimeAsync(25_000);
  await Promise.all(background);
  expect(sent).toHaveLength(3);
  expect(await metrics.print({})).toContain('edgespan_spans_delivered_total 1');
  expect(await metrics.print({})).not.toContain('final_lost');
});

test('and then given up, counted', async () => {
  const { accept, background, metrics } = setUp(Array(100).fill(down));
  await accept(batch({ final: true }));
  await vi.advanceTimersByTimeAsync(40_000);
  await Promise.all(background);
  expect(await metrics.print({})).toContain('edgespan_spans_dropped_total{reason="final_lost"} 1');
});
