// npm run test:fuzz -- proxy [--count 1000000] [--seed n] [--from index] [--jobs 2] [--tokens 100000] [--heavy 1176] [--minutes 120]
// Mutated requests, forged tokens and the worst bodies at the intake proxy. `--seed n --from i --count 1` makes one input again.
// With `--hosts workerd,deno,bun,node [--count 20000]`: the same inputs over HTTP into the proxy in each runtime, every answer compared; workerd `--without-zlib` inflates in JavaScript.
import { parseArgs } from 'node:util';
import type { HostName } from '../campaign/proxy/serve.ts';
import { createReport } from '../campaign/report.ts';
import { runCampaign } from './proxy/campaign.ts';
import { runReplay } from './proxy/replay-campaign.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    hosts: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    'without-zlib': { type: 'boolean', default: false },
    from: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '1' },
    tokens: { type: 'string', default: '100000' },
    heavy: { type: 'string', default: '1176' },
    minutes: { type: 'string', default: '120' },
  },
});
if (positionals.length > 0 && positionals[0] !== 'proxy')
  throw new Error(`Cannot fuzz as there is no campaign ${positionals[0]}: only proxy`);
const report = createReport();
const seed = Number(values.seed);
const from = Number(values.from);
console.log(`Seed ${seed}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);

if (values.hosts === undefined) {
  await runCampaign(
    {
      seed,
      from,
      count: Number(values.count ?? 1_000_000),
      tokenCount: Number(values.tokens),
      heavyCount: Number(values.heavy),
      minutes: Number(values.minutes),
      jobs: Number(values.jobs),
    },
    report,
  );
} else {
  const options = { seed, from, count: Number(values.count ?? 20_000), withoutZlib: values['without-zlib'] };
  await runReplay({ ...options, hosts: values.hosts.split(',') as HostName[] }, report);
}
report.end();
// Retries of batches whose sender is gone would go on for 25 s.
process.exit();
