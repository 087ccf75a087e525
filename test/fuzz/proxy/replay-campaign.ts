import type { Report } from '../../campaign/report.ts';
import { printCounts } from './campaign.ts';
import { type ReplayOptions, replay } from './replay.ts';

/** The inputs of the campaign over HTTP into every runtime: prints and checks what each said. */
export async function runReplay(options: Omit<ReplayOptions, 'onProgress'>, report: Report): Promise<void> {
  const startMillis = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - startMillis) / 1000)} s`;
  const onProgress = (done: number): void => console.log(`  ${done} of ${options.count} inputs, ${seconds()}`);
  const results = await replay({ ...options, onProgress });
  for (const { host, sameCount, forced, notCompared, differences, faults, codes, upstreamRequestCount, peakMebibytes } of results) {
    const total = (map: ReadonlyMap<string, number>): number => [...map.values()].reduce((sum, times) => sum + times, 0);
    console.log(`${host}: ${codes.size} answers, ${upstreamRequestCount} requests upstream, VmHWM ${peakMebibytes.toFixed(0)} MiB`);
    console.log(printCounts(codes));
    console.log(`Forced by its HTTP stack:\n${printCounts(forced)}\nNot compared:\n${printCounts(notCompared)}`);
    for (const [what, { times, indices }] of differences)
      console.log(`  ${times} × ${what}: ${indices.map((index) => `#${index}`).join(' ')}`);
    for (const fault of faults) console.log(`  ${fault}`);
    const described = `${sameCount} the same, ${total(forced)} forced by its HTTP stack, ${total(notCompared)} not comparable`;
    report.check(`${host}: every answer as in this process`, differences.size === 0, described);
    report.check(
      `${host}: lives, no own 5xx, nothing on stderr, no fetch off the list, no secret`,
      faults.length === 0,
      `${faults.length}`,
    );
  }
}
