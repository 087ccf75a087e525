import type { EnvelopeLine } from '../export/envelope.ts';
import type { ViewerClient } from './viewer-span.ts';

/** What each client sent and lost: sums of its batches' ledgers, each batch counted once. */
export interface ClientLedgers {
  /** False where the batch was counted before. */
  isNew(line: EnvelopeLine): boolean;
  /** Counts a batch, gives the client's new state. */
  count(line: EnvelopeLine, receivedBytes: number, nowMillis: number): ViewerClient;
  list(): ViewerClient[];
  clear(): void;
}

/** Clients and batches remembered; the longest silent client and the oldest batches are forgotten first. */
const maxClients = 1_000;
const maxBatches = 50_000;

export function createClientLedgers(): ClientLedgers {
  const clients = new Map<string, ViewerClient>();
  const batches = new Set<string>();
  return {
    isNew: (line) => !batches.has(`${line.client}.${line.seq}`),
    count(line, receivedBytes, nowMillis) {
      batches.add(`${line.client}.${line.seq}`);
      trim(batches, maxBatches);
      const before = clients.get(line.client);
      const dropped: Record<string, number> = { ...before?.dropped };
      for (const [reason, count] of Object.entries(line.ledger.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
      const client: ViewerClient = {
        client: line.client,
        runtime: line.runtime,
        service: line.service,
        env: line.env,
        version: line.version,
        tracer: line.tracer,
        lastSeenMillis: nowMillis,
        batches: (before?.batches ?? 0) + 1,
        spans: (before?.spans ?? 0) + line.spans,
        bytes: (before?.bytes ?? 0) + receivedBytes,
        notSampled: (before?.notSampled ?? 0) + line.ledger.notSampled,
        dropped,
      };
      clients.delete(line.client);
      clients.set(line.client, client);
      trim(clients, maxClients);
      return client;
    },
    list: () => [...clients.values()],
    clear() {
      clients.clear();
    },
  };
}

function trim(kept: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean }, max: number): void {
  while (kept.size > max) kept.delete(kept.keys().next().value as string);
}
