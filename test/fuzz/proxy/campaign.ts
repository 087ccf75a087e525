import type { Report } from '../../campaign/report.ts';
import { readCodeList } from './code-list.ts';
import { slowestMillis } from './fuzz-proxy.ts';
import { runHeavy } from './heavy.ts';
import { fuzzInJobs } from './jobs.ts';
import { reachEveryCode, type StateResult } from './states.ts';
import { forgeTokens } from './tokens.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly count: number;
  readonly from: number;
  readonly tokenCount: number;
  readonly heavyCount: number;
  readonly minutes: number;
  readonly jobs: number;
}

/** Mutated requests, forged tokens and the worst bodies at proxies in this process, or in some beside it; every code at least once. */
export async function runCampaign(options: CampaignOptions, report: Report): Promise<void> {
  const { seed, count, from, jobs } = options;
  const startMillis = Date.now();
  const minutes = (): string => `${((Date.now() - startMillis) / 60_000).toFixed(1)} min`;

  const states = reachEveryCode();
  const tokens = await forgeTokens(seed, options.tokenCount);
  console.log(`Forged tokens by kind (${minutes()}):\n${printCounts(tokens.kinds)}`);
  for (const failure of tokens.failures.slice(0, 20)) console.log(failure);
  report.check(`${tokens.forgedCount} forged tokens: 0 accepted`, tokens.failures.length === 0, `${tokens.goodCount} in order accepted`);

  const result = await fuzzInJobs(
    {
      seed,
      count,
      from,
      endsMillis: startMillis + options.minutes * 60_000,
      onProgress: (done) => console.log(`  ${done} of ${count} inputs, ${minutes()}`),
    },
    jobs,
  );
  const { codes, layers, fetches, failures, failureCount, slowest, ranCount, noRequestCount } = result;
  console.log(`Layers changed:\n${printCounts(layers)}\nRequests that went out:\n${printCounts(fetches)}`);
  for (const failure of failures) console.log(failure);
  report.check(
    `all ${count} inputs ran`,
    ranCount + noRequestCount === count,
    `${ranCount + noRequestCount}, ${minutes()}, ${jobs} at once`,
  );
  report.check('0 uncaught errors', result.uncaught.length === 0, result.uncaught.join('\n'));
  report.check('0 own failures, stray fetches, wrong headers, secrets, unreadable batches', failureCount === 0, `${failureCount}`);
  report.check('prototypes are as they were', result.prototypes.length === 0, result.prototypes.join());
  report.check(
    `no input takes over ${slowestMillis} ms of CPU`,
    slowest.millis <= slowestMillis,
    `${slowest.millis} ms (#${slowest.index})`,
  );

  const heavy = await runHeavy(seed, options.heavyCount);
  console.log(`2 MiB of the worst (${minutes()}), median ${heavy.medianMillis} ms of CPU:\n${printCounts(heavy.codes)}`);
  for (const { millis, what } of heavy.slowest) console.log(`  ${millis.toFixed(0)} ms ${what}`);
  report.check(`${heavy.ranCount} bodies of up to 2 MiB: at most 1,000 ms of CPU each`, (heavy.slowest[0]?.millis ?? 0) <= 1_000);

  console.log(`Answers to ${ranCount} inputs (${noRequestCount} more are no requests for any host):`);
  checkCodes(codes, await states, report);
  console.log(`${minutes()} in all`);
}

/** One table of every code: those of the sources, and what else was heard. Missing is what neither an input nor a scene reached. */
function checkCodes(heard: ReadonlyMap<string, number>, { reached, missed }: StateResult, report: Report): void {
  const list = readCodeList();
  const all = [...new Set([...heard.keys(), ...reached.keys(), ...list])];
  const rows = all.map((code) => ({ code, times: heard.get(code) ?? 0, status: reached.get(code) }));
  rows.sort((a, b) => b.times - a.times || a.code.localeCompare(b.code));
  console.log(`  ${'code'.padEnd(24)}${'by mutation'.padStart(12)}  brought about`);
  for (const { code, times, status } of rows) {
    const scene = status === undefined ? (list.includes(code) ? 'no' : '') : `yes, ${status}`;
    console.log(`  ${code.padEnd(24)}${String(times).padStart(12)}  ${scene}`.trimEnd());
  }
  const byMutation = list.filter((code) => heard.has(code));
  const never = list.filter((code) => !heard.has(code) && !reached.has(code));
  report.check(`scenes bring about the codes they say`, missed.length === 0, missed.join());
  report.check(
    `each of the ${list.length} codes in the sources is reached`,
    never.length === 0,
    never.length > 0
      ? `never heard: ${never.join(' ')}`
      : `${byMutation.length} by mutation, ${list.length - byMutation.length} brought about`,
  );
}

export function printCounts(map: ReadonlyMap<string, number>): string {
  return [...map]
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, times]) => `  ${name.padEnd(34)} ${times}`)
    .join('\n');
}
