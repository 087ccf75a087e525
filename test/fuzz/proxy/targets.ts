import type { IntakeProxy } from '../../../src/entries/proxy.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import type { Random } from '../../campaign/random.ts';
import { canaryKey, createProxy, type ProxyKind, proxyKinds } from './proxies.ts';
import { faultsOf, infoAnswers, isInfo, type UpstreamAnswer, upstreamAnswers } from './stand-in.ts';

/** A proxy that inputs are thrown at, and who may send to it. */
export interface Target {
  readonly name: string;
  readonly proxy: IntakeProxy;
}

/** Proxies with every upstream and what went wrong behind them. */
export interface Targets {
  of(kind: ProxyKind): Target;
  readonly logs: readonly ProxyLogEntry[];
  /** Requests that went out, by address. */
  readonly fetches: ReadonlyMap<string, number>;
  /** What upstreams say from here on is drawn from it: given anew for each input, so that an input can be made again alone. */
  useRandom(random: Random): void;
  /** What was done that may not be done; emptied by who reads it. */
  takeFaults(): string[];
}

/** In this process, in front of upstreams that answer badly 3 % of the time. */
export function createTargets(first: Random, tokenKeys: string): Targets {
  let random = first;
  let faults: string[] = [];
  const logs: ProxyLogEntry[] = [];
  const fetches = new Map<string, number>();

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const place = url.split('?')[0]!;
    fetches.set(place, (fetches.get(place) ?? 0) + 1);
    faults.push(...faultsOf({ url, headers: new Headers(init?.headers), body: init?.body, redirect: init?.redirect }));
    if (isInfo(url)) return responseOf(random.pick(infoAnswers));
    return responseOf(random.chance(0.97) ? upstreamAnswers[0] : random.pick(upstreamAnswers));
  };
  const log = (entry: ProxyLogEntry): void => void (logs.length < 50_000 && logs.push(entry));
  const list = proxyKinds.map((name) => ({ name, proxy: createProxy(name, { fetch, tokenKeys, log }) }));
  return {
    logs,
    fetches,
    of: (kind) => list.find(({ name }) => name === kind)!,
    useRandom(next) {
      random = next;
    },
    takeFaults() {
      const taken = faults;
      faults = [];
      return taken;
    },
  };
}

/** Throws where the connection breaks, with words that nobody may repeat. */
export function responseOf(answer: UpstreamAnswer): Response {
  if (answer === 'gone') throw new TypeError(`fetch failed with ${canaryKey}`);
  const { status, body, headers = {} } = answer;
  return new Response(body === '' ? null : body, { status, headers });
}
