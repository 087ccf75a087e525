// npm run test:fuzz -- proxy [--count 1000000] [--seed n] [--from index] [--tokens 100000] [--minutes 60]
// Mutated requests, forged tokens and the worst bodies at the intake proxy. `--seed n --from i --count 1` makes one input again.
import { parseArgs } from 'node:util';
import { createReport } from '../campaign/report.ts';
import { fuzzProxy, slowestMillis } from './proxy/fuzz-proxy.ts';
import { runHeavy } from './proxy/heavy.ts';
import { reachEveryCode } from './proxy/states.ts';
import { forgeTokens } from './proxy/tokens.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    from: { type: 'string', default: '0' },
    tokens: { type: 'string', default: '100000' },
    heavy: { type: 'string', default: '1176' },
    minutes: { type: 'string', default: '120' },
  },
});
if (positionals.length > 0 && positionals[0] !== 'proxy')
  throw new Error(`Cannot fuzz as there is no campaign ${positionals[0]}: only proxy`);
const report = createReport();
const seed = Number(values.seed);
const count = Number(values.count);
const startMillis = Date.now();
const minutes = (): string => `${((Date.now() - startMillis) / 60_000).toFixed(1)} min`;
const table = (map: ReadonlyMap<string, number>): string =>
  [...map]
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, times]) => `  ${name.padEnd(34)} ${times}`)
    .join('\n');
console.log(`Seed ${seed}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);

const states = reachEveryCode();
const tokens = await forgeTokens(seed, Number(values.tokens));
console.log(`Forged tokens by kind (${minutes()}):\n${table(tokens.kinds)}`);
for (const failure of tokens.failures.slice(0, 20)) console.log(failure);
report.check(`${tokens.forgedCount} forged tokens: 0 accepted`, tokens.failures.length === 0, `${tokens.goodCount} in order accepted`);

const result = await fuzzProxy({
  seed,
  count,
  from: Number(values.from),
  endsMillis: startMillis + Number(values.minutes) * 60_000,
  onProgress: (done) => console.log(`  ${done} of ${count} inputs, ${minutes()}`),
});
const { codes, layers, fetches, failures, failureCount, slowest, ranCount, noRequestCount } = result;
console.log(`Answers to ${ranCount} inputs (${noRequestCount} more are no requests for any host), ${minutes()}:\n${table(codes)}`);
console.log(`Layers changed:\n${table(layers)}\nRequests that went out:\n${table(fetches)}`);
for (const failure of failures) console.log(failure);
const { reached, missed } = await states;
const unheard = reached.filter((code) => !codes.has(code));
report.check(`all ${count} inputs ran`, ranCount + noRequestCount === count, `${ranCount + noRequestCount}`);
report.check('0 uncaught errors', result.uncaught.length === 0, result.uncaught.join('\n'));
report.check('0 own failures, stray fetches, wrong headers, secrets, unreadable batches', failureCount === 0, `${failureCount}`);
report.check('prototypes are as they were', result.prototypes.length === 0, result.prototypes.join());
report.check(`no input takes over ${slowestMillis} ms of CPU`, slowest.millis <= slowestMillis, `${slowest.millis} ms (#${slowest.index})`);
report.check(`${reached.length} codes reached when brought about`, missed.length === 0, missed.join());
console.log(`Codes that no mutated input reached, which take a certain proxy, time or company: ${unheard.join(' ')}`);

const heavy = await runHeavy(seed, Number(values.heavy));
console.log(`2 MiB of the worst (${minutes()}), median ${heavy.medianMillis} ms of CPU:\n${table(heavy.codes)}`);
for (const { millis, what } of heavy.slowest) console.log(`  ${millis.toFixed(0)} ms ${what}`);
report.check(`${heavy.ranCount} bodies of up to 2 MiB: at most 1,000 ms of CPU each`, (heavy.slowest[0]?.millis ?? 0) <= 1_000);
console.log(`${minutes()} in all`);
report.end();
// Retries of batches whose sender is gone would go on for 25 s.
process.exit();
