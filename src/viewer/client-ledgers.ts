import type { EnvelopeLine, EnvelopeRuntime } from '../export/envelope.ts';
import type { ViewerClient } from './viewer-span.ts';

/** What is counted of a batch: of an envelope its line, of a request in the Agent's form the same facts, as far as it says them. */
export interface CountedBatch extends Pick<EnvelopeLine, 'client' | 'seq' | 'service' | 'env' | 'version' | 'tracer' | 'spans'> {
  readonly runtime: EnvelopeRuntime | '';
  readonly ledger: { readonly notSampled: number; readonly dropped: Readonly<Record<string, number>> };
}

/** What each client sent and lost: sums of its batches' ledgers, each batch counted once. */
export interface ClientLedgers {
  /** False where this part of the batch was counted before. */
  isNew(line: CountedBatch, part: string): boolean;
  /**
   * Counts a batch, gives the client's new state.
   *
   * @param part What tells its parts apart: a proxy cuts a batch that is too large, and hands each part on under the batch's own line.
   */
  count(line: CountedBatch, part: string, receivedBytes: number, nowMillis: number): ViewerClient;
  list(): ViewerClient[];
  clear(): void;
}

/** Clients, batches and parts remembered; the longest silent client and the oldest batches are forgotten first. */
const maxClients = 1_000;
const maxBatches = 100_000;

export function createClientLedgers(): ClientLedgers {
  const clients = new Map<string, ViewerClient>();
  const batches = new Set<string>();
  return {
    isNew: (line, part) => !batches.has(`${batchOf(line)} ${part}`),
    count(line, part, receivedBytes, nowMillis) {
      const isFirstPart = !batches.has(batchOf(line));
      batches.add(batchOf(line)).add(`${batchOf(line)} ${part}`);
      trim(batches, maxBatches);
      const before = clients.get(line.client);
      const dropped: Record<string, number> = { ...before?.dropped };
      // Each part repeats the batch's ledger.
      const lost = isFirstPart ? line.ledger : { notSampled: 0, dropped: {} };
      for (const [reason, count] of Object.entries(lost.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
      const client: ViewerClient = {
        client: line.client,
        runtime: line.runtime,
        service: line.service,
        env: line.env,
        version: line.version,
        tracer: line.tracer,
        lastSeenMillis: nowMillis,
        batches: (before?.batches ?? 0) + Number(isFirstPart),
        spans: (before?.spans ?? 0) + line.spans,
        bytes: (before?.bytes ?? 0) + receivedBytes,
        notSampled: (before?.notSampled ?? 0) + lost.notSampled,
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

function batchOf({ client, seq }: CountedBatch): string {
  return `${client}.${seq}`;
}

function trim(kept: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean }, max: number): void {
  while (kept.size > max) kept.delete(kept.keys().next().value as string);
}
