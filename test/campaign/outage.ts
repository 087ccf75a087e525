// node test/campaign/outage.ts [--spans 100000] [--kills 200] [--forward-kills 50] [--outage 180] [--seed n] [--setups queue,node,deno,miniflare]
// The upstream is down for 30 minutes of a scaled clock, which are `--outage` real seconds, while the proxy is killed again and again.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runKilled, type SetupName } from './outage/killed-run.ts';
import { runMiniflare } from './outage/miniflare-run.ts';
import { createReport } from './report.ts';

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '200' },
    'forward-kills': { type: 'string', default: '50' },
    outage: { type: 'string', default: '180' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    setups: { type: 'string', default: 'queue,node,deno,miniflare' },
  },
});
const report = createReport();
const seed = Number(values.seed);
const outageSeconds = Number(values.outage);
const folder = mkdtempSync(join(tmpdir(), 'edgespan-outage-'));
console.log(`Seed ${seed}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, load ${loadavg()[0]?.toFixed(1)}`);
try {
  for (const setup of values.setups.split(',')) {
    const startMillis = performance.now();
    try {
      if (setup === 'miniflare') await runMiniflare(report, { seed, spanCount: Math.min(10_000, Number(values.spans)), outageSeconds: 60 });
      else {
        await runKilled(report, setup as SetupName, {
          folder,
          seed,
          spanCount: Number(values.spans),
          killCount: Number(values.kills),
          forwardKillCount: Number(values['forward-kills']),
          outageSeconds,
        });
      }
    } catch (error) {
      report.check(setup, false, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    console.log(`${setup}: ${((performance.now() - startMillis) / 1000).toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report.end();
