// node test/campaign/bombs.ts [--count 1000] [--seed n] [--hosts workerd,deno,node] [--window 8] [--without-zlib]
// Gzip bombs at the intake proxy: what they cost in memory and CPU, and what good requests beside them notice.
// `--without-zlib`: workerd alone, as a Worker without `nodejs_compat` is: inflating is done in JavaScript.
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { mintToken } from '../../src/entries/proxy.ts';
import { maxInflatedBytes } from '../../src/trace/limits.ts';
import { bombKinds, bombPayload, envelopeOf, goodPayload, type PreparedPayload } from './proxy/envelopes.ts';
import { describeAnswers, type LoadResult, percentile, runLoad } from './proxy/load.ts';
import { pageOrigin } from './proxy/page-origin.ts';
import type { InflatedCounts } from './proxy/proxy-app.ts';
import { type HostName, hosts, type ServedProcess, serveProxy, serveSink } from './proxy/serve.ts';
import { createRandom } from './random.ts';
import { createReport } from './report.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    hosts: { type: 'string' },
    window: { type: 'string', default: '8' },
    'without-zlib': { type: 'boolean', default: false },
  },
});
const report = createReport();
const seed = Number(values.seed);
const count = Number(values.count);
const concurrency = 20;
const maxGrowthMebibytes = 32;
const maxBombMillis = 50;
/** In JavaScript a slice is inflated before anybody can look: of so many bytes, 1,032 times as many at most. */
const lastSliceBytes = 256 * 1_032;
const withoutZlib = values['without-zlib'];
/** Share of one core that bombs, and good requests in their place, are given beside the traffic that is watched. */
const besideShare = 0.15;
const watchedPerSecond = 30;

const random = createRandom(seed);
const keys = `k1:${randomBytes(32).toString('base64url')}`;
const token = await mintToken({ keys, origin: pageOrigin, service: 'shop-web', env: 'prod' });
const good = Array.from({ length: 50 }, () => goodPayload(random));
const bombs = bombKinds.flatMap((kind) => [false, true].map((isModest) => bombPayload(random, kind, isModest)));
let seq = 0;
const bodyOf = (list: readonly PreparedPayload[]) => (): Uint8Array => {
  const { payload, rawBytes, spanCount } = list[seq % list.length]!;
  return envelopeOf({ client: (++seq).toString(16).padStart(32, '0'), seq, raw: rawBytes, spans: spanCount, token }, payload);
};
const headers = { origin: pageOrigin };
console.log(`Seed ${seed}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, load ${loadavg()[0]?.toFixed(1)}`);
console.log(`Bombs of ${bombs.map(({ payload, rawBytes }) => `${payload.length} B that say ${rawBytes} B`).join(', ')}`);

const sink = await serveSink();
for (const host of (values.hosts ?? (withoutZlib ? 'workerd' : hosts.join())).split(',') as HostName[]) {
  try {
    await runHost(host);
  } catch (error) {
    report.check(host, false, String(error));
  }
}
await sink.close();
report.end();

interface Costs {
  readonly peakMebibytes: number;
  readonly cpuMillis: number;
  readonly answers: LoadResult['answers'];
  readonly inflated: InflatedCounts;
}

/** A fresh process, good requests to warm it, then `count` of one sort. */
async function costsOf(host: HostName, list: readonly PreparedPayload[]): Promise<Costs> {
  const served = await serveProxy(host, { UPSTREAM: sink.url, TOKEN_KEYS: keys }, { withoutZlib });
  try {
    await load(served, good, { count: 300 });
    const before = served.cpuMillis();
    const { answers } = await load(served, list, { count });
    const cpuMillis = (served.cpuMillis() - before) / count;
    const inflated = (await (await fetch(`${served.url}/inflated`)).json()) as InflatedCounts;
    return { peakMebibytes: served.peakMebibytes(), cpuMillis, answers, inflated };
  } finally {
    await served.close();
  }
}

function load(
  served: ServedProcess,
  list: readonly PreparedPayload[],
  over: { count?: number; millis?: number; perSecond?: number },
): Promise<LoadResult> {
  return runLoad({ url: `${served.url}/t`, headers, body: bodyOf(list), concurrency, ...over });
}

async function runHost(host: HostName): Promise<void> {
  const withGood = await costsOf(host, good);
  const withBombs = await costsOf(host, bombs);
  const growth = withBombs.peakMebibytes - withGood.peakMebibytes;
  const goods = describeAnswers(withGood.answers);
  report.check(`${host}: ${count} good requests at ${concurrency} are taken`, withGood.answers.get('202') === count, goods);
  const refused = [...withBombs.answers].reduce((sum, [answer, times]) => sum + (/^4\d\d [a-z]/.test(answer) ? times : 0), 0);
  report.check(`${host}: ${count} bombs at ${concurrency} are refused`, refused === count, describeAnswers(withBombs.answers));
  checkInflated(host, withBombs.inflated);
  const cpu = `${withBombs.cpuMillis.toFixed(2)} ms each, HTTP included; good ones ${withGood.cpuMillis.toFixed(2)} ms`;
  report.check(`${host}: at most ${maxBombMillis} ms of CPU`, withBombs.cpuMillis <= maxBombMillis, cpu);
  const peaks = `${withBombs.peakMebibytes.toFixed(0)} MiB with bombs, ${withGood.peakMebibytes.toFixed(0)} MiB with good bodies`;
  report.check(`${host}: VmHWM at most +${maxGrowthMebibytes} MiB`, growth <= maxGrowthMebibytes, peaks);
  await compareTraffic(host, withGood.cpuMillis, withBombs.cpuMillis);
}

/** In JavaScript every byte is seen; of zlib only what it was allowed, and what it returned: that it keeps to it, VmHWM says. */
function checkInflated(host: HostName, inflated: InflatedCounts): void {
  const { fflateMostBytes, zlibCalls, zlibMostBytes, zlibMostBoundBytes, zlibMostChunkBytes } = inflated;
  if (zlibCalls === 0) {
    const isBounded = fflateMostBytes > 0 && fflateMostBytes <= maxInflatedBytes + lastSliceBytes;
    report.check(`${host}, in JavaScript: refused before 2 MiB and what one slice becomes`, isBounded, `${fflateMostBytes} B at most`);
    return;
  }
  const isBounded = fflateMostBytes === 0 && zlibMostBoundBytes <= maxInflatedBytes && zlibMostChunkBytes <= maxInflatedBytes + 1;
  const said = `${zlibCalls} calls, bound ${zlibMostBoundBytes} B at most, buffer ${zlibMostChunkBytes} B, returned ${zlibMostBytes} B`;
  report.check(`${host}, by zlib: never allowed more than 2 MiB`, isBounded, said);
}

/**
 * Good traffic at a steady rate, beside it bombs or good requests that take as much CPU, in turns. Of each the median of its windows
 * counts: where something else takes the machine for a second, one window says so, not the result.
 */
async function compareTraffic(host: HostName, goodMillis: number, bombMillis: number): Promise<void> {
  const served = await serveProxy(host, { UPSTREAM: sink.url, TOKEN_KEYS: keys }, { withoutZlib });
  const p99s: Record<'good' | 'bombs', number[]> = { good: [], bombs: [] };
  const cpu: Record<'good' | 'bombs', number> = { good: 0, bombs: 0 };
  const millis = Number(values.window) * 1000;
  try {
    await load(served, good, { count: 300 });
    for (const what of ['good', 'bombs', 'bombs', 'good', 'good', 'bombs', 'bombs', 'good', 'good', 'bombs'] as const) {
      const perSecond = (besideShare * 1000) / (what === 'good' ? goodMillis : bombMillis);
      const before = served.cpuMillis();
      const [traffic] = await Promise.all([
        load(served, good, { millis, perSecond: watchedPerSecond }),
        load(served, what === 'good' ? good : bombs, { millis, perSecond }),
      ]);
      cpu[what] += served.cpuMillis() - before;
      p99s[what].push(percentile(traffic.latencyMillis, 0.99));
    }
  } finally {
    await served.close();
  }
  const median = (list: readonly number[]): number =>
    percentile(
      list.toSorted((a, b) => a - b),
      0.5,
    );
  const describe = (what: 'good' | 'bombs'): string =>
    `${median(p99s[what]).toFixed(1)} ms beside ${what} (${p99s[what].map((each) => each.toFixed(0)).join(' ')}; ` +
    `${((cpu[what] / (p99s[what].length * millis)) * 100).toFixed(0)} % of a core)`;
  report.check(
    `${host}: p99 of good traffic beside bombs below twice that beside good requests of the same CPU`,
    median(p99s.bombs) < 2 * median(p99s.good),
    `${describe('bombs')}, ${describe('good')}, load ${loadavg()[0]?.toFixed(1)}`,
  );
}
