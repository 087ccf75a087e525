import { expect, test } from 'vitest';
import { createClientLedgers } from '../../../src/viewer/client-ledgers.ts';
import { batch } from '../proxy/upstream/served.ts';

test('sums ledgers, keeps the newest facts, remembers batches after a clear', () => {
  const ledgers = createClientLedgers();
  const line = (seq: number, version: string) => batch({ seq, version, ledger: { notSampled: 1, dropped: { shutdown: 2 } } }).line;
  expect(ledgers.isNew(line(1, 'a'), '')).toBe(true);
  ledgers.count(line(1, 'a'), '', 10, 5);
  expect(ledgers.isNew(line(1, 'a'), '')).toBe(false);
  expect(ledgers.count(line(2, 'b'), '', 10, 6)).toMatchObject({
    version: 'b',
    lastSeenMillis: 6,
    batches: 2,
    spans: 2,
    bytes: 20,
    notSampled: 2,
    dropped: { shutdown: 4 },
  });
  ledgers.clear();
  expect(ledgers.list()).toEqual([]);
  expect(ledgers.isNew(line(2, 'b'), '')).toBe(false);
});

test('a thousand clients are kept, the longest silent one goes first', () => {
  const ledgers = createClientLedgers();
  for (let index = 0; index <= 1_000; index++) ledgers.count(batch({ client: index.toString(16).padStart(32, '0') }).line, '', 1, index);
  expect(ledgers.list()).toHaveLength(1_000);
  expect(ledgers.list()[0]?.lastSeenMillis).toBe(1);
});

test('parts of one batch are each counted, its ledger once', () => {
  const ledgers = createClientLedgers();
  const { line } = batch({ spans: 3, ledger: { notSampled: 1, dropped: { shutdown: 2 } } });
  ledgers.count(line, 'a', 10, 5);
  expect([ledgers.isNew(line, 'a'), ledgers.isNew(line, 'b')]).toEqual([false, true]);
  expect(ledgers.count(line, 'b', 10, 6)).toMatchObject({ batches: 1, spans: 6, bytes: 20, notSampled: 1, dropped: { shutdown: 2 } });
});
