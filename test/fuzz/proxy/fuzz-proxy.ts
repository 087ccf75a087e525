import { randomBytes } from 'node:crypto';
import { mintToken } from '../../../src/entries/proxy.ts';
import { pageOrigin } from '../../campaign/proxy/page-origin.ts';
import { createRandom, type Random, seedOf } from '../../campaign/random.ts';
import { createPrototypeCanary } from './canaries.ts';
import { type FuzzInput, makeInput, readCorpus, type Secrets, toRequest } from './inputs.ts';
import { judgeAnswer } from './judge-answer.ts';
import { canaryKey, clientToken, type ProxyKind, proxyKinds } from './proxies.ts';
import { createTargets } from './targets.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Index of the first input: a failure can be run alone. */
  readonly from?: number;
  readonly onProgress?: (doneCount: number) => void;
  /** Stops early. */
  readonly endsMillis?: number;
}

/** What became of the inputs. */
export interface FuzzResult {
  readonly ranCount: number;
  /** Inputs no host would hand over. */
  readonly noRequestCount: number;
  readonly codes: ReadonlyMap<string, number>;
  readonly layers: ReadonlyMap<string, number>;
  readonly fetches: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  readonly failureCount: number;
  /** The input that took the most CPU. */
  readonly slowest: { readonly millis: number; readonly index: number };
  readonly prototypes: readonly string[];
  readonly uncaught: readonly string[];
}

/** Bodies of 30 KB at most are thrown here; 2 MiB of the worst are `heavy.ts`. */
export const slowestMillis = 250;
export const maxFailuresKept = 20;
/** What upstreams say is drawn apart from the inputs. */
export const upstreamSalt = 0x5eed;

/** Only some take what is no envelope; they get most of it. */
export function pickKind(random: Random, { layers: [layer] }: FuzzInput): ProxyKind {
  const names = { ddforward: ['agent', 'agent form'] as const, 'agent form': ['agent form'] as const }[layer ?? ''];
  return random.pick(names === undefined || random.chance(0.1) ? proxyKinds : names);
}

/** Throws mutated requests at proxies with every upstream. */
export async function fuzzProxy({
  seed,
  count,
  from = 0,
  onProgress,
  endsMillis = Number.POSITIVE_INFINITY,
}: FuzzOptions): Promise<FuzzResult> {
  const corpus = readCorpus();
  const keys = `k1:${randomBytes(32).toString('base64url')}`;
  const targets = createTargets(createRandom(seed ^ upstreamSalt), keys);
  const codes = new Map<string, number>();
  const layers = new Map<string, number>();
  const failures: string[] = [];
  const uncaught: string[] = [];
  const slowest = { millis: 0, index: -1 };
  let failureCount = 0;
  let noRequestCount = 0;
  let ranCount = 0;
  let secrets: Secrets = { page: '', server: '', client: clientToken };

  const onUncaught = (error: unknown): void => void uncaught.push(String((error as Error)?.stack ?? error).slice(0, 500));
  process.on('unhandledRejection', onUncaught);
  process.on('uncaughtException', onUncaught);
  const realFetch = globalThis.fetch;
  let strayFetches = 0;
  globalThis.fetch = async () => {
    strayFetches++;
    throw new TypeError('Nothing may be fetched here');
  };
  const canary = createPrototypeCanary();

  function fail(index: number, input: FuzzInput, target: string, what: string): void {
    failureCount++;
    if (failures.length >= maxFailuresKept) return;
    const body = Buffer.from(input.body).toString('base64');
    failures.push(`#${index} ${target} [${input.layers}] ${what}\n    ${input.method} ${input.url.slice(0, 200)} ${body.slice(0, 3_000)}`);
  }

  try {
    for (let index = from; index < from + count; index++) {
      if (index % 5_000 === 0 || secrets.page === '') {
        const page = await mintToken({ keys, origin: pageOrigin, service: 'shop-web', env: 'prod' });
        secrets = { ...secrets, page, server: await mintToken({ keys, server: true }) };
      }
      const random = createRandom(seedOf(seed, index));
      const input = makeInput(random, corpus, secrets);
      const target = targets.of(pickKind(random, input));
      for (const layer of input.layers.length > 0 ? input.layers : ['none']) layers.set(layer, (layers.get(layer) ?? 0) + 1);
      targets.useRandom(createRandom(seedOf(seed ^ upstreamSalt, index)));
      const request = toRequest(input);
      if (request === undefined) {
        noRequestCount++;
        continue;
      }
      ranCount++;
      const start = process.threadCpuUsage();
      try {
        const response = await target.proxy.fetch(request, undefined, { waitUntil: (promise) => void promise.catch(onUncaught) });
        const { user, system } = process.threadCpuUsage(start);
        const millis = (user + system) / 1000;
        if (millis > slowest.millis) Object.assign(slowest, { millis, index });
        if (millis > slowestMillis) fail(index, input, target.name, `${millis} ms of CPU`);
        const { code, faults } = await judgeAnswer(request, response, secrets.page);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        for (const fault of faults) fail(index, input, target.name, fault);
      } catch (error) {
        fail(index, input, target.name, `threw ${String((error as Error)?.stack ?? error)}`);
      }
      for (const fault of targets.takeFaults()) fail(index, input, target.name, fault);
      if (!canary.isClean()) fail(index, input, target.name, 'a prototype was changed');
      if (ranCount % 1_000 === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        if (Date.now() > endsMillis) break;
      }
      if (ranCount % 10_000 === 0) onProgress?.(ranCount);
    }
  } finally {
    // What was started and not waited for may still fail.
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.fetch = realFetch;
    process.off('unhandledRejection', onUncaught);
    process.off('uncaughtException', onUncaught);
  }
  if (strayFetches > 0) failures.push(`${strayFetches} fetches past the upstreams`);
  const told = JSON.stringify(targets.logs);
  if (told.includes(canaryKey) || told.includes('eyJ')) failures.push('a secret in the log');
  return {
    ranCount,
    noRequestCount,
    codes,
    layers,
    fetches: targets.fetches,
    failures,
    failureCount: failureCount + strayFetches,
    slowest,
    prototypes: canary.findings(),
    uncaught,
  };
}
