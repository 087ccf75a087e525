import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBreaker } from '../../../src/proxy/breaker.ts';
import { createDelivery } from '../../../src/proxy/deliver.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import { createMetrics } from '../../../src/proxy/metrics.ts';
import type { Spool } from '../../../src/proxy/spool/spool.ts';
import type { IntakeBatch, Outcome, Upstream } from '../../../src/proxy/upstream/upstream.ts';
import { fakeAbortTimeout } from './fake-abort-timeout.ts';
import { batch } from './upstream/served.ts';

const down: Outcome = { status: 'retry', code: 'upstream_503' };
const ok: Outcome = { status: 'ok' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function setUp(outcomes: Outcome[], spool?: Spool, other?: Upstream) {
  const sent: number[] = [];
  const logged: ProxyLogEntry[] = [];
  const metrics = createMetrics();
  const breaker = createBreaker(Date.now);
  const upstream: Upstream = async ({ line }) => {
    sent.push(line.seq);
    return outcomes.shift() ?? ok;
  };
  const delivery = createDelivery({
    upstreams: [other ?? upstream],
    spool,
    breaker,
    upstreamTimeoutMillis: 10_000,
    log: (entry) => logged.push(entry),
    metrics,
    now: Date.now,
  });
  const background: Promise<unknown>[] = [];
  return {
    sent,
    logged,
    metrics,
    background,
    breaker,
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
  expect([sent, calls]).toEqual([[], ['put']]);
});

test('but a spool that takes nothing keeps no batch from an upstream that does', async () => {
  const willSpool = async (): Promise<void> => {};
  const full = setUp([down], { put: async () => false });
  const claim = { mayBeSpooled: true, willSpool };
  expect(await full.delivery.accept(batch(), () => {}, claim)).toEqual(down);
  expect(await full.delivery.accept(batch(), () => {}, claim)).toEqual(ok);
  expect(full.sent).toEqual([1, 1]);
});

test('a last batch that a spool may have in part goes there first, each time', async () => {
  const puts = [false, true];
  const { accept, background, sent, metrics } = setUp([down], { put: async () => puts.shift()! });
  expect(await accept(batch({ final: true }))).toMatchObject(down);
  await vi.advanceTimersByTimeAsync(25_000);
  await Promise.all(background);
  expect(sent).toEqual([1]);
  expect(await metrics.print({})).toContain('edgespan_spans_spooled_total 1');
  expect(await metrics.print({})).toContain('edgespan_spans_accepted_total 1');
});

test('what was taken of a last batch before the rest was given up is not lost', async () => {
  const outcomes: Outcome[] = [
    { ...down, takenSpans: 2 },
    { ...down, takenSpans: 3 },
  ];
  const { accept, background, metrics } = setUp([...outcomes, ...Array(100).fill(down)]);
  await accept(batch({ final: true, spans: 5 }));
  await vi.advanceTimersByTimeAsync(40_000);
  await Promise.all(background);
  expect(await metrics.print({})).toContain('edgespan_spans_dropped_total{reason="final_lost"} 2');
  expect(await metrics.print({})).toContain('edgespan_spans_delivered_total 3');
});

test('with a spool behind, an upstream has 8 s, and 3 where many wait for it', async () => {
  const tries: number[] = [];
  const hangs: Upstream = (_, signal) => {
    const startMillis = Date.now();
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        tries.push(Date.now() - startMillis);
        resolve(down);
      });
    });
  };
  fakeAbortTimeout();
  const { accept } = setUp([], { put: async () => true }, hangs);
  const accepted = Promise.all(Array.from({ length: 31 }, (_, seq) => accept(batch({ seq }))));
  await vi.advanceTimersByTimeAsync(8_000);
  await accepted;
  expect(tries).toEqual([3_000, ...Array(30).fill(8_000)]);
});

test('what a spool kept is not given up because the upstream throws at everything, but where it throws at that alone', async () => {
  const isBad = (seq: number): boolean => seq === 1 || isBroken;
  let isBroken = true;
  const { delivery } = setUp([], undefined, async ({ line }) => {
    if (isBad(line.seq)) throw new TypeError('fetch failed');
    return ok;
  });
  const retry: Outcome = { status: 'retry', code: 'internal_error' };
  for (let count = 0; count < 20; count++) expect(await delivery.handOn(batch({ seq: 1 }))).toEqual(retry);
  isBroken = false;
  for (let count = 0; count < 4; count++) {
    await delivery.handOn(batch({ seq: 2 }));
    expect(await delivery.handOn(batch({ seq: 1 }))).toMatchObject({ ...retry, isOwnFault: true });
  }
  await delivery.handOn(batch({ seq: 2 }));
  expect(await delivery.handOn(batch({ seq: 1 }))).toMatchObject({ status: 'rejected', code: 'internal_error' });
});

test('batches of a spool that an upstream fails at while it takes others close the way for nobody', async () => {
  const poison = [1, 2, 3, 4, 5].map((seq) => ({ ...batch({ seq }), receivedAtMillis: Date.now() }));
  const { delivery, breaker, metrics } = setUp([], undefined, async ({ line }) =>
    line.seq === 0 ? ok : { status: 'retry', code: 'upstream_500' },
  );
  for (let round = 0; round < 2; round++) {
    for (const one of poison) {
      await delivery.handOn(one);
      expect(await delivery.handOn(batch({ seq: 0 }))).toEqual(ok);
    }
  }
  for (let round = 0; round < 3; round++) {
    for (const one of poison) expect(await delivery.handOn(one)).toMatchObject({ code: 'upstream_500', isOwnFault: true });
  }
  expect([breaker.isOpen(), await delivery.handOn(batch({ seq: 0 }))]).toEqual([false, ok]);
  vi.setSystemTime(Date.now() + 86_400_000);
  for (let round = 0; round < 2; round++) {
    expect(await delivery.handOn(poison[0]!)).toMatchObject({ isOwnFault: true });
    await delivery.handOn(batch({ seq: 0 }));
  }
  expect(await delivery.handOn(poison[0]!)).toEqual({ status: 'rejected', code: 'upstream_500', takenSpans: 0 });
  expect(await metrics.print({})).toContain('edgespan_spans_delivered_total 13');
});

test('an upstream that asks for a pause gets it, whatever batch it was asked for', async () => {
  const outcomes: Outcome[] = [down, ok, down, { ...down, afterMillis: 9_000 }];
  const { delivery, breaker } = setUp(outcomes);
  for (const seq of [1, 2, 1, 1]) await delivery.handOn(batch({ seq }));
  expect([breaker.isOpen(), breaker.waitMillis()]).toEqual([true, 9_000]);
});

test('a full spool is no taking: the sender keeps the batch', async () => {
  const { accept } = setUp([down], { put: async () => false });
  expect(await accept()).toEqual(down);
});

test('what no upstream will ever take is not kept', async () => {
  const tooLarge: Outcome = { status: 'rejected', code: 'span_too_large' };
  const { accept, delivery } = setUp([tooLarge, tooLarge], { put: async () => expect.unreachable('kept') as never });
  expect(await accept()).toEqual(tooLarge);
  expect(await delivery.handOn(batch())).toMatchObject(tooLarge);
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
  expect(await accept(batch({ final: true }))).toMatchObject(down);
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

test('the last try is at 25 s', async () => {
  const startMillis = Date.now();
  const tries: number[] = [];
  const { delivery, background } = setUp([], undefined, async () => {
    tries.push(Date.now() - startMillis);
    return { status: 'retry', code: 'x', afterMillis: 1 };
  });
  await delivery.accept(batch({ final: true }), (promise) => background.push(promise));
  await vi.advanceTimersByTimeAsync(24_900);
  let isOver = false;
  void Promise.all(background).then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(3_200);
  expect(isOver).toBe(true);
  expect(tries.length).toBeGreaterThan(3);
});

test('a last batch that is taken after all counts as accepted, with what its client lost; one that is refused is counted too', async () => {
  const { accept, background, metrics } = setUp([down, ok, down, { status: 'rejected', code: 'upstream_400' }]);
  const final = { final: true, ledger: { notSampled: 7, dropped: {} } };
  const first = await accept(batch(final));
  await vi.advanceTimersByTimeAsync(25_000);
  expect(await (first as { settled?: Promise<Outcome> }).settled).toEqual(ok);
  await accept(batch(final));
  await vi.advanceTimersByTimeAsync(25_000);
  await Promise.all(background);
  const text = await metrics.print({});
  for (const line of [
    'edgespan_batches_accepted_total 1',
    'edgespan_spans_accepted_total 1',
    'edgespan_client_not_sampled_spans_total 7',
    'edgespan_spans_dropped_total{reason="final_rejected"} 1',
  ])
    expect(text).toContain(line);
});

test('no more last batches at once than memory is kept for: beyond, they are lost at once, counted', async () => {
  const { accept, background, metrics } = setUp(Array(10_000).fill(down));
  const outcomes: Outcome[] = [];
  for (let seq = 0; seq < 400; seq++) outcomes.push(await accept(batch({ seq, final: true })));
  expect(outcomes.filter((outcome) => 'settled' in outcome)).toHaveLength(100);
  expect(await metrics.print({})).toContain('edgespan_spans_dropped_total{reason="final_lost"} 300');
  await vi.advanceTimersByTimeAsync(40_000);
  await Promise.all(background);
  expect(await metrics.print({})).toContain('edgespan_spans_dropped_total{reason="final_lost"} 400');
  const large = setUp(Array(10_000).fill(down));
  for (let seq = 0; seq < 6; seq++) await large.accept(batch({ seq, final: true, raw: 2_000_000 }));
  expect(await large.metrics.print({})).toContain('edgespan_spans_dropped_total{reason="final_lost"} 2');
});

test('another upstream that hangs keeps nobody waiting, gets a bounded number of copies and is not asked for ever', async () => {
  let asked = 0;
  let isAnyOver = false;
  const hanging: Upstream = (_, signal) => {
    asked++;
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => {
        isAnyOver = true;
        resolve(down);
      }),
    );
  };
  const metrics = createMetrics();
  const delivery = createDelivery({
    upstreams: [async () => ok, hanging],
    spool: undefined,
    breaker: createBreaker(Date.now),
    upstreamTimeoutMillis: 2_000,
    log: () => {},
    metrics,
    now: Date.now,
  });
  vi.useRealTimers();
  const background: Promise<unknown>[] = [];
  for (let seq = 0; seq < 70; seq++) expect(await delivery.handOn(batch({ seq }), (promise) => background.push(promise))).toEqual(ok);
  expect(isAnyOver).toBe(false);
  expect(asked).toBeLessThanOrEqual(50);
  await Promise.all(background);
  const before = asked;
  await delivery.handOn(batch());
  expect(asked).toBe(before);
  expect(await metrics.print({})).toContain('edgespan_spans_not_copied_total 71');
});

test('what a spool says is counted and logged', async () => {
  const { delivery, logged, metrics } = setUp([]);
  delivery.report.dropped(3, 'spool_rejected', 'upstream_400');
  delivery.report.forgotten(9);
  delivery.report.unanswered();
  expect(logged).toEqual([
    { level: 'error', event: 'spool_rejected', code: 'upstream_400', spans: 3 },
    { level: 'warn', event: 'dedupe_forgotten', batches: 9 },
    { level: 'error', event: 'dedupe_unanswered' },
  ]);
  const text = await metrics.print({});
  expect(text).toContain('edgespan_spans_dropped_total{reason="spool_rejected"} 3');
  expect(text).toContain('edgespan_dedupe_forgotten_total 9');
  expect(text).toContain('edgespan_dedupe_unanswered_total 1');
});

test('an upstream that does not obey its signal holds its place no longer than it', async () => {
  fakeAbortTimeout();
  const { accept } = setUp([], undefined, () => new Promise<Outcome>(() => {}));
  const accepted = accept(batch());
  await vi.advanceTimersByTimeAsync(10_500);
  expect(await accepted).toMatchObject({ status: 'retry', code: 'upstream_timeout' });
});

test('nothing is given up because the wrong receiver refuses everything, and that is said and seen', async () => {
  let isWrong = true;
  const { delivery, accept, breaker, logged } = setUp([], undefined, async ({ line }) =>
    isWrong || line.seq === 1 ? { status: 'rejected', code: 'upstream_400' } : ok,
  );
  expect(await delivery.handOn(batch({ seq: 1 }))).toMatchObject({ status: 'retry', code: 'upstream_400' });
  expect(await accept(batch({ seq: 2 }))).toMatchObject({ status: 'retry', code: 'upstream_400' });
  expect(await delivery.handOn(batch({ seq: 2 }))).toMatchObject({ status: 'retry' });
  expect(breaker.isOpen()).toBe(true);
  expect(logged).toContainEqual({ level: 'warn', event: 'upstream', code: 'upstream_400' });
  isWrong = false;
  vi.setSystemTime(Date.now() + 1_000);
  expect(await delivery.handOn(batch({ seq: 2 }))).toEqual(ok);
  expect(breaker.isOpen()).toBe(false);
  expect(await delivery.handOn(batch({ seq: 1 }))).toMatchObject({ status: 'rejected', code: 'upstream_400' });
});

test('with a spool, what a receiver refuses that takes nothing is kept; where it is full, its sender keeps it', async () => {
  const kept: number[] = [];
  const put = async ({ line }: IntakeBatch): Promise<boolean> => line.seq < 9 && kept.push(line.seq) > 0;
  const refusal: Outcome = { status: 'rejected', code: 'upstream_400' };
  const { accept } = setUp([refusal, ok, refusal, refusal], { put });
  expect(await accept(batch({ seq: 1 }))).toEqual(ok);
  expect(kept).toEqual([1]);
  expect(await accept(batch({ seq: 2 }))).toEqual(ok);
  expect(await accept(batch({ seq: 3 }))).toEqual(refusal);
  expect(await accept(batch({ seq: 9 }))).toMatchObject({ status: 'retry', code: 'upstream_400' });
  expect(kept).toEqual([1]);
});
