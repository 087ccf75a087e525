import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { createRandom } from '../random.ts';
import type { Report } from '../report.ts';
import { startFakeAgent } from './fake-agent.ts';
import { judge, waitForAll } from './judge.ts';
import { makeBatches, startSender } from './sender.ts';

export interface MiniflareRunOptions {
  readonly seed: number;
  readonly spanCount: number;
  /** Real seconds: workerd's clock is not scaled. */
  readonly outageSeconds: number;
}

const spansPerBatch = 50;
const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** An outage, without kills, before the ready Worker in workerd with miniflare's own Queue and Durable Objects. */
export async function runMiniflare(report: Report, { seed, spanCount, outageSeconds }: MiniflareRunOptions): Promise<void> {
  const name = 'miniflare';
  const random = createRandom(seed);
  const agent = await startFakeAgent();
  const workerd = await startWorker(agent.url);
  try {
    const url = (await workerd.ready).origin;
    const batches = makeBatches(random, Math.ceil(spanCount / spansPerBatch), spansPerBatch);
    console.log(`${name}: ${batches.length * spansPerBatch} spans in ${batches.length} batches, down for ${outageSeconds} s of real time`);
    agent.setUp(false);
    const sender = startSender({
      batches,
      overMillis: outageSeconds * 1_100,
      twiceShare: 0.2,
      lateMillis: 20_000,
      concurrency: 8,
      random,
      now: Date.now,
      scale: 1,
      url: () => url,
    });
    for (let second = 0; second < outageSeconds; second++) {
      await sleep(1_000);
      if (second % 20 === 19) console.log(`${name}: ${sender.taken()} taken, ${sender.left()} left`);
    }
    agent.setUp(true);
    const upMillis = Date.now();
    await waitForAll(name, agent, sender, batches, outageSeconds * 2_200);
    const drainedSeconds = (Date.now() - upMillis) / 1000;
    // Time for what would come twice.
    await sleep(15_000);
    await sender.stop();
    console.log(`${name}: answers ${[...sender.answers].map(([answer, count]) => `${count} × ${answer}`).join(', ')}`);
    judge(report, name, agent, batches, sender, true);
    report.check(
      `${name}: drained within twice the outage, counted from its beginning`,
      drainedSeconds < outageSeconds,
      `${drainedSeconds.toFixed(0)} s after an outage of ${outageSeconds} s`,
    );
  } finally {
    await workerd.dispose();
    agent.close();
  }
}

async function startWorker(agentUrl: string): Promise<Miniflare> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'hosts/workerd.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    write: false,
    logLevel: 'error',
  });
  return new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]!.text,
      compatibilityDate: '2026-07-01',
      compatibilityFlags: ['nodejs_als'],
      host: '127.0.0.1',
      port: 0,
      cf: false,
      bindings: {
        EDGESPAN_UPSTREAM: 'agent',
        DD_TRACE_AGENT_URL: agentUrl,
        EDGESPAN_ALLOW_ORIGINS: 'https://shop.example',
        EDGESPAN_ALLOW_SERVERS: 'true',
        EDGESPAN_AUTH: 'none',
      },
      queueProducers: { SPOOL: 'spans' },
      queueConsumers: { spans: { maxBatchSize: 10, maxBatchTimeout: 1, maxRetries: 100 } },
      durableObjects: { DEDUPE: 'DedupeObject' },
    }),
  );
}
