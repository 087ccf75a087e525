import { expect, test } from 'vitest';
import { sumLedger } from '../../../src/viewer/page/ledger-sum.ts';
import type { ViewerClient } from '../../../src/viewer/viewer-span.ts';

const client: ViewerClient = {
  client: 'a'.repeat(32),
  runtime: 'browser',
  service: 'web',
  env: '',
  version: '',
  tracer: '0.1.0',
  lastSeenMillis: 0,
  batches: 2,
  spans: 100,
  bytes: 7200,
  notSampled: 5,
  dropped: { queue_full: 2, exit_overflow: 3, oversize: 0 },
};

test('ledgers add up, largest loss first', () => {
  expect(sumLedger([client, { ...client, spans: 20, bytes: 1440, dropped: { queue_full: 7 } }])).toEqual({
    sent: 120,
    lost: 12,
    notSampled: 10,
    reasons: 'queue_full 9, exit_overflow 3',
    bytesPerSpan: 72,
  });
  expect(sumLedger([])).toEqual({ sent: 0, lost: 0, notSampled: 0, reasons: '', bytesPerSpan: undefined });
});
