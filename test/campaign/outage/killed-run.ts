import { join } from 'node:path';
import { createRandom, type Random } from '../random.ts';
import type { Report } from '../report.ts';
import { type FakeAgent, startFakeAgent } from './fake-agent.ts';
import { isUpstream, judge, waitForAll } from './judge.ts';
import { createKilledProxy, describeKills, type KilledProxy, killWhileDown, killWhileForwarding, killWhileUp } from './kills.ts';
import type { StoreStats } from './message-store.ts';
import { bundleHost, startBroker, startProxy } from './proxy-process.ts';
import { createScaledClock, type ScaledClock } from './scaled-clock.ts';
import { makeBatches, startSender } from './sender.ts';

/** `queue`: Node behind the broker; the others: the directory spool on that runtime. */
export type SetupName = 'queue' | 'node' | 'deno';

export interface KilledRunOptions {
  readonly folder: string;
  readonly seed: number;
  readonly spanCount: number;
  readonly killCount: number;
  readonly forwardKillCount: number;
  /** Real seconds that 30 minutes of the scaled clock take. */
  readonly outageSeconds: number;
}

interface Setup {
  readonly name: SetupName;
  readonly random: Random;
  readonly clock: ScaledClock;
  readonly agent: FakeAgent;
  readonly proxy: KilledProxy;
  readonly spool: 'queue' | 'directory';
  readonly stats: () => Promise<StoreStats | undefined>;
}

const outageMillis = 30 * 60_000;
const spansPerBatch = 50;
const senderConcurrency = 8;
const twiceShare = 0.2;
const lateMillis = 600_000;
const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
const minutes = (millis: number): string => `${(millis / 60_000).toFixed(1)} min`;

/** An outage with kills before forwards, then kills during forwards. */
export async function runKilled(report: Report, name: SetupName, options: KilledRunOptions): Promise<void> {
  const { folder, seed, outageSeconds } = options;
  const scale = outageMillis / 1000 / outageSeconds;
  const beganAtMillis = Date.now();
  const clock = createScaledClock(scale, beganAtMillis, Date.now);
  const random = createRandom(seed);
  const agent = await startFakeAgent();
  const runtime = name === 'deno' ? 'deno' : 'node';
  const file = await bundleHost(runtime, folder);
  const scaled = { SCALE: `${scale}`, BEGAN: `${beganAtMillis}` };
  const broker = name === 'queue' ? await startBroker({ ...scaled, SEED: `${seed}` }) : undefined;
  const where = broker === undefined ? { SPOOL_DIR: join(folder, `spool-${name}`) } : { BROKER: broker.url };
  const proxy = createKilledProxy(
    (plan) => startProxy(runtime, file, { ...scaled, AGENT: agent.url, PLAN: plan, ...where }),
    async (url) => {
      if (broker !== undefined) await fetch(`${broker.url}/consumer`, { method: 'POST', body: url ?? '' });
    },
  );
  const stats = async (): Promise<StoreStats | undefined> => broker && ((await (await fetch(`${broker.url}/stats`)).json()) as StoreStats);
  const setup: Setup = { name, random, clock, agent, proxy, spool: broker === undefined ? 'directory' : 'queue', stats };
  try {
    await runOutage(report, setup, options);
    if (options.forwardKillCount > 0) await runForwardKills(report, setup, options);
    const last = await stats();
    if (last !== undefined) {
      const { sent, copies, deliveries, mostAttempts } = last;
      console.log(`${name}: ${sent} messages, ${copies} of them came twice, ${deliveries} deliveries, ${mostAttempts} tries at most`);
      report.check(`${name}: no message is dead or refused`, last.dead + last.refused === 0, `${last.dead} and ${last.refused}`);
    }
  } finally {
    await proxy.stop();
    broker?.kill();
    await broker?.ended;
    agent.close();
  }
}

async function runOutage(report: Report, setup: Setup, options: KilledRunOptions): Promise<void> {
  const { name, random, clock, agent, proxy, spool } = setup;
  const { spanCount, outageSeconds } = options;
  const batches = makeBatches(random, Math.ceil(spanCount / spansPerBatch), spansPerBatch);
  const whileUpCount = Math.floor(options.killCount / 10);
  const whileDownCount = options.killCount - whileUpCount;
  console.log(`${name}: ${batches.length * spansPerBatch} spans in ${batches.length} batches, clock × ${clock.scale}`);

  agent.setUp(false);
  const downMillis = clock.now();
  const sender = startSender({
    batches,
    // The last ones come when the upstream is back.
    overMillis: outageMillis * 1.1,
    twiceShare,
    lateMillis,
    concurrency: senderConcurrency,
    random,
    now: clock.now,
    scale: clock.scale,
    url: proxy.url,
  });
  const down = await killWhileDown(proxy, spool, random, {
    count: whileDownCount,
    overMillis: outageSeconds * 1000,
    maxMillis: outageSeconds * 3_000,
    onKill: (kills) => {
      const count = [...kills.values()].reduce((sum, one) => sum + one, 0);
      // What the last ones cut off comes again only when the upstream is back: nobody may take the short way with it then.
      if (count === Math.floor(whileDownCount * 0.9)) sender.hold(true);
      if (count % 20 === 0) console.log(`${name}: ${count} kills, ${sender.taken()} taken, ${sender.left()} left`);
    },
  });
  while (clock.now() - downMillis < outageMillis) {
    if (proxy.url() === undefined) await proxy.start();
    await sleep(50);
  }
  const tookBefore = sender.taken();
  agent.setUp(true);
  sender.hold(false);
  const upMillis = clock.now();
  const downFor = upMillis - downMillis;
  console.log(`${name}: upstream is back after ${minutes(downFor)}, ${tookBefore} deliveries taken`);
  const up = await killWhileUp(proxy, spool, random, {
    count: whileUpCount,
    maxMillis: outageSeconds * 1_000,
    left: sender.left,
    isDrained: () => sender.left() === 0 && isUpstream(agent, batches),
  });
  if (proxy.url() === undefined) await proxy.start();
  await waitForAll(name, agent, sender, batches, outageSeconds * 2_200);
  const drainedMillis = clock.now() - upMillis;
  await settle(setup);
  await sender.stop();

  report.check(
    `${name}: ${options.killCount} kills between accept and the start of a forward`,
    countOf(down) + countOf(up) === options.killCount,
    `${describeKills(down)} while down, ${describeKills(up)} while up`,
  );
  console.log(`${name}: answers ${[...sender.answers].map(([answer, count]) => `${count} × ${answer}`).join(', ')}`);
  judge(report, name, agent, batches, sender, true);
  report.check(
    `${name}: drained within twice the outage, counted from its beginning`,
    downFor + drainedMillis < 2 * downFor,
    `${minutes(drainedMillis)} after an outage of ${minutes(downFor)}`,
  );
}

async function runForwardKills(report: Report, setup: Setup, options: KilledRunOptions): Promise<void> {
  const { name, random, clock, agent, proxy } = setup;
  const batches = makeBatches(random, Math.max(200, options.forwardKillCount * 8), spansPerBatch);
  // A part is in the spool when it begins, the rest comes while it goes on.
  agent.setUp(false);
  const common = { twiceShare, lateMillis, concurrency: senderConcurrency, random, now: clock.now, scale: clock.scale, url: proxy.url };
  const half = batches.length >> 1;
  // Without a plan that was not reached.
  await proxy.start();
  const first = startSender({ ...common, batches: batches.slice(0, half), overMillis: 1_000 });
  const untilMillis = performance.now() + 60_000;
  while (first.left() > half / 10 && performance.now() < untilMillis) await sleep(50);
  agent.setUp(true);
  const second = startSender({ ...common, batches: batches.slice(half), overMillis: 30_000 * clock.scale });
  const kills = await killWhileForwarding(proxy, agent, random, { count: options.forwardKillCount, maxMillis: 300_000 });
  if (proxy.url() === undefined) await proxy.start();
  await waitForAll(name, agent, first, batches.slice(0, half), 300_000);
  await waitForAll(name, agent, second, batches.slice(half), 300_000);
  await settle(setup);
  await Promise.all([first.stop(), second.stop()]);
  const isDone = countOf(kills) === options.forwardKillCount;
  report.check(`${name}: ${options.forwardKillCount} kills during a forward`, isDone, describeKills(kills));
  judge(report, name, agent, batches.slice(0, half), first, false);
  judge(report, name, agent, batches.slice(half), second, false);
}

/** Time for what would come twice: until the queue is empty, or a while. */
async function settle({ stats }: Setup): Promise<void> {
  const startMillis = performance.now();
  await sleep(3_000);
  while (((await stats())?.open ?? 0) > 0 && performance.now() - startMillis < 300_000) await sleep(200);
}

const countOf = (kills: ReadonlyMap<string, number>): number => [...kills.values()].reduce((sum, count) => sum + count, 0);
