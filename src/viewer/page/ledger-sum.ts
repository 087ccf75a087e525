import type { ViewerClient } from '../viewer-span.ts';

/** What all clients together sent and lost, in spans. */
export interface LedgerSum {
  sent: number;
  lost: number;
  notSampled: number;
  /** `queue_full 9, exit_overflow 3`, largest first; empty when nothing was lost. */
  reasons: string;
  /** Compressed bytes per span; undefined before the first span, or where no bytes are known. */
  bytesPerSpan: number | undefined;
}

/** Adds the ledgers up. Their words stay as they are on the wire. */
export function sumLedger(clients: readonly ViewerClient[]): LedgerSum {
  const dropped = new Map<string, number>();
  let sent = 0;
  let bytes = 0;
  let notSampled = 0;
  for (const client of clients) {
    sent += client.spans;
    bytes += client.bytes;
    notSampled += client.notSampled;
    for (const [reason, count] of Object.entries(client.dropped)) dropped.set(reason, (dropped.get(reason) ?? 0) + count);
  }
  const counted = [...dropped].filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
  return {
    sent,
    notSampled,
    lost: counted.reduce((sum, [, count]) => sum + count, 0),
    reasons: counted.map(([reason, count]) => `${reason} ${count}`).join(', '),
    bytesPerSpan: sent > 0 && bytes > 0 ? bytes / sent : undefined,
  };
}
