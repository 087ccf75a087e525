// npm run bench -- proxy [--seconds 8] [--seed n] [--hosts workerd,deno,node] [--spans 50]: batches of 50 spans through the intake proxy, with tokens
// and redaction, into a stand-in for an Agent; beside it the same bodies handed on unread.
import { randomBytes } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { mintToken } from '../../src/entries/proxy.ts';
import { envelopeOf, goodPayload } from '../campaign/proxy/envelopes.ts';
import { describeAnswers, percentile, runLoad } from '../campaign/proxy/load.ts';
import { pageOrigin } from '../campaign/proxy/page-origin.ts';
import { type HostName, hosts, serveProxy, serveSink } from '../campaign/proxy/serve.ts';
import { createRandom } from '../campaign/random.ts';
import { createReport } from '../campaign/report.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    hosts: { type: 'string', default: hosts.join() },
    spans: { type: 'string', default: '50' },
  },
});
const spanCount = Number(values.spans);
const goalSpansPerSecond = 15_000;
const goalMillis = 100;
const concurrency = 16;
const millis = Number(values.seconds) * 1000;
const report = createReport();
const random = createRandom(Number(values.seed));
const keys = `k1:${randomBytes(32).toString('base64url')}`;
const token = await mintToken({ keys, origin: pageOrigin, service: 'shop-web', env: 'prod' });
const payloads = Array.from({ length: 200 }, () => goodPayload(random, spanCount));
let seq = 0;
const body = (): Uint8Array => {
  const { payload, rawBytes } = payloads[seq % payloads.length]!;
  return envelopeOf({ client: (++seq).toString(16).padStart(32, '0'), seq, raw: rawBytes, spans: spanCount, token }, payload);
};
const means = (of: (each: (typeof payloads)[number]) => number): number =>
  Math.round(payloads.reduce((sum, each) => sum + of(each), 0) / payloads.length);
console.log(
  `Seed ${values.seed}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ` +
    `${spanCount} spans are ${means(({ rawBytes }) => rawBytes)} B, ${means(({ payload }) => payload.length)} B gzipped`,
);
console.log('| runtime | way | load | spans/s | p50 | p99 | CPU per batch | load average |\n|---|---|---|---|---|---|---|---|');

const sink = await serveSink();
for (const host of values.hosts.split(',') as HostName[]) {
  const served = await serveProxy(host, { UPSTREAM: sink.url, TOKEN_KEYS: keys });
  try {
    for (const path of ['/pass', '/t'])
      await runLoad({ url: served.url + path, headers: { origin: pageOrigin }, body, concurrency, millis: 2_000 });
    const found: string[] = [];
    let isReached = false;
    // As fast as sixteen senders go, then at the rate that is the goal.
    for (const [way, path, perSecond] of [
      ['handed on unread', '/pass', undefined],
      ['proxy', '/t', undefined],
      ['handed on unread', '/pass', goalSpansPerSecond / spanCount],
      ['proxy', '/t', goalSpansPerSecond / spanCount],
    ] as const) {
      const before = served.cpuMillis();
      const rate = perSecond === undefined ? {} : { perSecond };
      const most = perSecond === undefined ? concurrency : 64;
      const { latencyMillis, answers, seconds } = await runLoad({
        url: served.url + path,
        headers: { origin: pageOrigin },
        body,
        concurrency: most,
        millis,
        ...rate,
      });
      const cpu = (served.cpuMillis() - before) / latencyMillis.length;
      const wanted = path === '/t' ? '202' : '200';
      const spansPerSecond = ((answers.get(wanted) ?? 0) * spanCount) / seconds;
      const [p50, p99] = [percentile(latencyMillis, 0.5), percentile(latencyMillis, 0.99)];
      const how = perSecond === undefined ? `${concurrency} at once` : `${perSecond} batches/s`;
      console.log(
        `| ${host} | ${way} | ${how} | ${Math.round(spansPerSecond)} | ${p50.toFixed(1)} ms | ${p99.toFixed(1)} ms | ${cpu.toFixed(2)} ms | ${loadavg()[0]?.toFixed(1)} |`,
      );
      const isAllGood = answers.size === 1 && answers.has(wanted);
      if (!isAllGood) report.check(`${host}: every batch is taken`, false, describeAnswers(answers));
      if (path !== '/t') continue;
      found.push(`${Math.round(spansPerSecond)} spans/s, p99 ${p99.toFixed(0)} ms`);
      // A fixed rate ends with the last answer, a little after its time.
      isReached ||= spansPerSecond >= goalSpansPerSecond * 0.999 && p99 < goalMillis;
    }
    report.check(`${host}: ${goalSpansPerSecond} spans/s with p99 below ${goalMillis} ms`, isReached, found.join('; '));
  } finally {
    await served.close();
  }
}
await sink.close();
report.end();
