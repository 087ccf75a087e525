// The books are true after every step, whatever the host, the receiver and the page do.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DropReason } from '../../src/export/envelope.ts';
import type { Answer } from '../../src/export/retry.ts';
import { encoded, type FakeHost, fakeHost, isBalanced } from '../unit/export/fake-host.ts';

const answers: Answer[] = [
  { kind: 'delivered' },
  { kind: 'retry', reason: 'retry_expired' },
  { kind: 'retry', reason: 'rate_limited', afterMillis: 20_000 },
  { kind: 'final', reason: 'rejected_4xx', detail: '' },
];

type Step = (host: FakeHost) => unknown;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.nat(30), fc.boolean()).map(
    ([count, isError]): Step =>
      (host) =>
        host.spans(count, { status: isError ? 2 : 0 }),
  ),
  fc.constantFrom(1, 5_000, 70_000, 2_000_000).map(
    (millis): Step =>
      (host) =>
        host.pass(millis),
  ),
  fc.constantFrom(...answers).map(
    (answer): Step =>
      (host) => {
        host.answer = () => answer;
      },
  ),
  fc.boolean().map(
    (isGone): Step =>
      (host) =>
        host.processor.flushUrgently(isGone),
  ),
  fc.constant<Step>(async (host) => {
    const flushed = host.processor.flush(1_000);
    await host.pass(1_000);
    await flushed;
  }),
);

test('started = open + notSampled + delivered + dropped + buffered + inFlight, and receivers can sum it up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(3), async (steps, unsampled) => {
      const encode: Parameters<typeof fakeHost>[1] = {
        encode(spans) {
          const skipped = Math.min(unsampled, spans.length);
          return encoded(spans.slice(skipped), { notSampled: skipped });
        },
      };
      const host = fakeHost({ maxQueueSize: 40 }, encode);
      const deliveredSeqs = new Set<number>();
      const note = (): void => {
        const { answer } = host;
        host.answer = async (sent) => {
          const said = await answer(sent);
          if (said.kind === 'delivered') deliveredSeqs.add(sent.batch.seq);
          return said;
        };
      };
      note();
      for (const run of steps) {
        const before = host.answer;
        await run(host);
        if (host.answer !== before) note();
        expect(isBalanced(host.ledger)).toBe(true);
      }
      host.answer = () => ({ kind: 'delivered' });
      note();
      await host.pass(400_000);
      host.spans(5);
      await host.pass(400_000);
      const { stats } = host.ledger;
      expect(stats.buffered + stats.inFlight).toBe(0);
      // A receiver only sums what the batches it took carried: that is what the client lost, but for what no later batch could tell.
      const taken = new Set(host.sent.map(({ batch }) => batch).filter((batch) => deliveredSeqs.has(batch.seq)));
      const sum = (reason: DropReason): number => [...taken].reduce((total, { ledger }) => total + (ledger.dropped[reason] ?? 0), 0);
      for (const reason of Object.keys(stats.dropped) as DropReason[]) expect(sum(reason)).toBeLessThanOrEqual(stats.dropped[reason] ?? 0);
      host.spans(1);
      await host.pass(5_000);
      const last = host.sent[host.sent.length - 1]?.batch;
      if (last) taken.add(last);
      for (const reason of Object.keys(stats.dropped) as DropReason[]) expect(sum(reason)).toBe(stats.dropped[reason]);
    }),
    { numRuns: 150 },
  );
});
