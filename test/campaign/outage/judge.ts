import type { Report } from '../report.ts';
import type { FakeAgent } from './fake-agent.ts';
import type { Sender, SentBatch } from './sender.ts';

/** Whether every batch is upstream. */
export function isUpstream({ journal }: FakeAgent, batches: readonly SentBatch[]): boolean {
  return batches.every(({ names }) => journal.has(names[0]!));
}

/** Waits until everything was taken and is upstream, at most so long. */
export async function waitForAll(
  name: string,
  agent: FakeAgent,
  sender: Sender,
  batches: readonly SentBatch[],
  maxMillis: number,
): Promise<void> {
  const startMillis = performance.now();
  for (let count = 0; performance.now() - startMillis < maxMillis; count++) {
    if (sender.left() === 0 && isUpstream(agent, batches)) return;
    if (count % 100 === 99) console.log(`${name}: ${sender.left()} left, ${agent.forwards()} forwards`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Compares what was sent with what the upstream wrote down, span by span. */
export function judge(
  report: Report,
  name: string,
  { journal }: FakeAgent,
  batches: readonly SentBatch[],
  sender: Sender,
  isOnce: boolean,
): void {
  const names = batches.flatMap((batch) => batch.names);
  const lost = names.filter((one) => !journal.has(one)).length;
  const twice = names.filter((one) => (journal.get(one) ?? 0) > 1).length;
  const twiceBatches = batches.filter((batch) => (journal.get(batch.names[0]!) ?? 0) > 1).length;
  const left = sender.left();
  report.check(`${name}: 0 lost`, lost === 0 && left === 0, `${lost} of ${names.length} spans, ${left} deliveries not taken`);
  const detail = `${twice} spans in ${twiceBatches} of ${batches.length} batches`;
  if (isOnce) report.check(`${name}: 0 twice upstream`, twice === 0, detail);
  else console.log(`${name}: twice upstream: ${detail}`);
}
