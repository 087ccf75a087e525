import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { produceByDdTrace } from '../dd-trace.ts';
import { compareSpans, type Difference, describe, entries, entryOf, type GoldenSpan, type Producer, renderTable } from '../differences.ts';
import type { Part } from '../parts.ts';
import { produce } from '../produce.mjs';
import { type Scenario, scenarios } from '../scenarios.ts';
import type { Tally } from '../tally.ts';

type ByScenario = Record<string, GoldenSpan[]>;

const recorded = async (name: string): Promise<ByScenario> =>
  JSON.parse(await readFile(new URL(`../golden/expected.${name}.json`, import.meta.url), 'utf8'));

/**
 * Every scenario played on our tracer, and what dd-trace-js and Python's ddtrace make of the same calls: recorded, and dd-trace live.
 * Whatever differs has its row in differences.json, and every row has its difference.
 */
export const compareTracers: Part = async ({ tally, peers, isWriting }) => {
  const seen: Difference[] = [];
  for (const nativeEvents of [false, true]) {
    const form = nativeEvents ? 'typed events' : 'event tags';
    const suffix = nativeEvents ? '.native-events' : '';
    const produced: Record<string, { spans: GoldenSpan[] }> = await produce(scenarios, { nativeEvents });
    const compare = async (label: string, producer: Producer, theirs: ByScenario): Promise<void> => {
      for (const { id } of scenarios) {
        await tally.check(`${label}, ${form}: ${id}`, () => {
          seen.push(...explained(producer, id, produced[id]!.spans, theirs[id] ?? []));
        });
      }
    };
    await compare('recorded dd-trace-js', 'node', await recorded(`dd-trace-js${suffix}`));
    await compare('recorded ddtrace-py', 'python', await recorded(`ddtrace-py${suffix}`));
    if (peers.missing !== undefined) tally.skip(`live dd-trace, ${form}`, peers.missing);
    else await compare('live dd-trace', 'node', await produceByDdTrace(peers.path, scenarios as readonly Scenario[], nativeEvents));
  }
  await checkRows(tally, seen, ['node', 'python']);
  tally.note(`${entries.length} rows, ${seen.length} differences between tracers explained`);

  const path = fileURLToPath(new URL('../../../docs/differences.md', import.meta.url));
  if (isWriting) await writeFile(path, renderTable());
  await tally.check('docs/differences.md is the table', async () => assert.equal(await readFile(path, 'utf8'), renderTable()));
};

/** Differences of one scenario; throws where one has no row. */
export function explained(producer: Producer, id: string, ours: readonly GoldenSpan[], theirs: readonly GoldenSpan[]): Difference[] {
  assert.deepEqual(theirs.map(({ ref }) => ref).sort(), ours.map(({ ref }) => ref).sort(), 'not the same spans');
  const differences = ours.flatMap((span) => compareSpans(producer, id, span, theirs.find(({ ref }) => ref === span.ref)!));
  assertExplained(differences);
  return differences;
}

/** Throws where a difference has no row. */
export function assertExplained(differences: readonly Difference[]): void {
  const unexplained = differences.filter((difference) => !entryOf(difference));
  assert.equal(unexplained.length, 0, `no row for\n${unexplained.map(describe).join('\n')}`);
}

/** A row that explains nothing any more is wrong. Rows of the guide alone are the guide's. */
export async function checkRows(tally: Tally, seen: readonly Difference[], producers: readonly Producer[], ofGuide = false): Promise<void> {
  for (const entry of entries) {
    if (ofGuide !== (entry.scenarios?.every((pattern) => pattern.startsWith('guide-')) ?? false)) continue;
    for (const producer of producers) {
      if (entry.theirs[producer] === undefined) continue;
      await tally.check(`row of ${producer}: ${entry.rule}`, () => {
        assert(
          seen.some((difference) => difference.producer === producer && entryOf(difference) === entry),
          'no difference is left that this row explains',
        );
      });
    }
  }
}
