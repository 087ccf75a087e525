import type { IntakeProxy } from '../../../src/entries/proxy.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import type { App } from '../../campaign/proxy/proxy-app.ts';
import { canaryKey, createProxy, type ProxyKind, type ProxyParts, proxyKinds } from './proxies.ts';

/** Names the proxy that a request is for and what its upstream says: `3 0-0`. The proxies themselves read no such header. */
export const targetHeader = 'x-fuzz';
/** The upstream says what is good. */
export const goodPlan = '0-0';
/** Asks what was seen in the process instead. */
export const reportTarget = 'report';

/** What was seen in a process that nobody sees from outside. */
export interface AppReport {
  /** Entries of the log that hold a key or a token. */
  secretEntries: number;
  /** Uses of the global `fetch`, which no upstream was given. */
  strayFetches: string[];
  /** Rejections that nobody handled; workerd says nothing of them, where the other runtimes end. */
  rejections: string[];
}

/**
 * The proxies of a campaign by kind: one of each for as long as the process lives, in front of a good upstream; and a fresh one where the
 * upstream is to answer badly, as what it has learned then would otherwise depend on the order of requests.
 */
export function createProxies(
  parts: Omit<ProxyParts, 'fetch'>,
  fetchFor: (plan: string) => typeof fetch,
): (kind: ProxyKind, plan: string) => IntakeProxy {
  const lasting = new Map<ProxyKind, IntakeProxy>();
  return (kind, plan) => {
    const known = plan === goodPlan ? lasting.get(kind) : undefined;
    const proxy = known ?? createProxy(kind, { ...parts, fetch: fetchFor(plan) });
    if (plan === goodPlan) lasting.set(kind, proxy);
    return proxy;
  };
}

/** What every runtime serves. What goes out is sent to the stand-in upstream: address, plan and way with redirects in the path. */
export function createApp(): App {
  let proxies: ReturnType<typeof createProxies> | undefined;
  const report: AppReport = { secretEntries: 0, strayFetches: [], rejections: [] };
  const log = (entry: ProxyLogEntry): void => {
    const text = JSON.stringify(entry);
    if (text.includes(canaryKey) || text.includes('eyJ')) report.secretEntries++;
  };

  return (request, env, ctx) => {
    const [target, plan = goodPlan] = (request.headers.get(targetHeader) ?? '').split(' ');
    if (target === reportTarget) return Response.json(report);
    if (proxies === undefined) {
      const native = globalThis.fetch.bind(globalThis);
      watch(report);
      const fetchFor =
        (under: string): typeof fetch =>
        (input, init) =>
          native(`${env.UPSTREAM}/${under}/${init?.redirect}/${encodeURIComponent(String(input))}`, init);
      proxies = createProxies({ tokenKeys: env.TOKEN_KEYS, log }, fetchFor);
    }
    return proxies(proxyKinds[Number(target)]!, plan).fetch(request, undefined, ctx);
  };
}

function watch(report: AppReport): void {
  globalThis.fetch = (input) => {
    report.strayFetches.push(String(input instanceof Request ? input.url : input));
    return Promise.reject(new TypeError('Nothing may be fetched here'));
  };
  const target = globalThis as { addEventListener?: (type: string, listener: (event: { reason: unknown }) => void) => void };
  target.addEventListener?.('unhandledrejection', ({ reason }) => report.rejections.push(String(reason)));
}
