import type { Random } from '../random.ts';
import type { FakeAgent } from './fake-agent.ts';
import { forwardInstants } from './fake-agent.ts';
import { acceptSteps, leaveSteps, type Step } from './instants.ts';
import type { ProxyProcess } from './proxy-process.ts';

/** A proxy that is started again whenever it is gone. */
export interface KilledProxy {
  url(): string | undefined;
  /** Starts a process with a plan of its own death. */
  start(plan?: string): Promise<ProxyProcess | undefined>;
  stop(): Promise<void>;
}

export function createKilledProxy(
  startProcess: (plan: string) => Promise<ProxyProcess | undefined>,
  onUrl: (url: string | undefined) => Promise<void>,
): KilledProxy {
  let current: ProxyProcess | undefined;
  return {
    url: () => (current?.hasEnded() === false ? current.url : undefined),
    async start(plan = '') {
      current?.kill();
      await current?.ended;
      current = await startProcess(plan);
      await onUrl(current?.url);
      return current;
    },
    async stop() {
      current?.kill();
      await current?.ended;
    },
  };
}

/** Kills by instant: `write before` and how often. */
export type KillCounts = Map<string, number>;

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

const manyDeliveries = 50;

/** How often a step is passed, at most, before the first forward is surely under way: a directory hands on four at once. */
const mostTimes: Readonly<Record<'directory' | 'queue', Partial<Record<Step, number>>>> = {
  directory: { read: 4 },
  queue: { accepted: 2, claim: 5, brought: 5 },
};

/** Which steps there are on the way into each spool. */
const missingSteps = { directory: ['claim', 'send', 'done', 'brought'], queue: ['write', 'rename', 'sync', 'index', 'read'] };

/**
 * Kills while the upstream is down, when no forward can be under way: three of four at a step, the others whenever it is. Ends after
 * `count`, or after `maxMillis`.
 */
export async function killWhileDown(
  proxy: KilledProxy,
  spool: 'directory' | 'queue',
  random: Random,
  { count, overMillis, maxMillis, onKill }: { count: number; overMillis: number; maxMillis: number; onKill: (kills: KillCounts) => void },
): Promise<KillCounts> {
  const kills: KillCounts = new Map();
  const startMillis = performance.now();
  const steps = acceptSteps.filter((step) => !missingSteps[spool].includes(step));
  for (let done = 0; done < count && performance.now() - startMillis < maxMillis; ) {
    const isByStep = random.chance(0.75);
    const plan = `${random.pick(steps)} ${random.pick(['before', 'after'])}`;
    const lifeMillis = Math.max(100, (overMillis - (performance.now() - startMillis)) / (count - done));
    const process = await proxy.start(isByStep ? `${plan} ${1 + random.below(6)}` : '');
    if (process === undefined) continue;
    await Promise.race([process.ended, sleep(isByStep ? lifeMillis : random.below(lifeMillis))]);
    const how = process.hasEnded() ? plan : 'at any time';
    if (!process.hasEnded()) process.kill();
    await process.ended;
    done++;
    kills.set(how, (kills.get(how) ?? 0) + 1);
    onKill(kills);
  }
  return kills;
}

/** Kills while the upstream is up, between accept and the start of a forward, when no other forward is under way. */
export async function killWhileUp(
  proxy: KilledProxy,
  spool: 'directory' | 'queue',
  random: Random,
  { count, maxMillis, left, isDrained }: { count: number; maxMillis: number; left: () => number; isDrained: () => boolean },
): Promise<KillCounts> {
  const kills: KillCounts = new Map();
  const startMillis = performance.now();
  const steps = leaveSteps.filter((step) => !missingSteps[spool].includes(step));
  const isOver = (): boolean => isDrained() || performance.now() - startMillis > maxMillis;
  for (let done = 0; done < count; ) {
    // Where few deliveries are to come, nobody waits for one; nor where the spool always has a forward under way meanwhile.
    const isWaitedFor = spool === 'queue' && left() >= manyDeliveries;
    const step = random.pick(isWaitedFor ? steps : steps.filter((one) => one !== 'accepted'));
    const plan = `${step} before`;
    const process = await proxy.start(`${plan} ${1 + random.below(mostTimes[spool][step] ?? 1)}`);
    if (process === undefined) continue;
    while (!process.hasEnded() && !isOver()) await Promise.race([process.ended, sleep(100)]);
    if (!process.hasEnded()) break;
    done++;
    kills.set(plan, (kills.get(plan) ?? 0) + 1);
  }
  return kills;
}

/** Kills during forwards, at an instant that the upstream sees. */
export async function killWhileForwarding(
  proxy: KilledProxy,
  agent: FakeAgent,
  random: Random,
  { count, maxMillis }: { count: number; maxMillis: number },
): Promise<KillCounts> {
  const kills: KillCounts = new Map();
  const startMillis = performance.now();
  for (let done = 0; done < count; ) {
    const process = await proxy.start();
    if (process === undefined) throw new Error('the proxy ended by itself');
    const instant = forwardInstants[done % forwardInstants.length]!;
    agent.killAt(instant, 1 + random.below(3), () => process.kill());
    while (!process.hasEnded() && performance.now() - startMillis < maxMillis) await Promise.race([process.ended, sleep(100)]);
    if (!process.hasEnded()) break;
    done++;
    kills.set(instant, (kills.get(instant) ?? 0) + 1);
  }
  agent.killAt('just answered', Number.POSITIVE_INFINITY, () => {});
  return kills;
}

export function describeKills(kills: KillCounts): string {
  const total = [...kills.values()].reduce((sum, count) => sum + count, 0);
  return `${total} (${[...kills]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([how, count]) => `${count} ${how}`)
    .join(', ')})`;
}
