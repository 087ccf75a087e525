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
  readonly secretEntries: number;
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
  let secretEntries = 0;
  const log = (entry: ProxyLogEntry): void => {
    const text = JSON.stringify(entry);
    if (text.includes(canaryKey) || text.includes('eyJ')) secretEntries++;
  };

  return (request, env, ctx) => {
    const [target, plan = goodPlan] = (request.headers.get(targetHeader) ?? '').split(' ');
    if (target === reportTarget) return Response.json({ secretEntries } satisfies AppReport);
    if (proxies === undefined) {
      const native = redirectGlobalFetch(env.UPSTREAM);
      const fetchFor =
        (under: string): typeof fetch =>
        (input, init) =>
          native(`${env.UPSTREAM}/${under}/${init?.redirect}/${encodeURIComponent(String(input))}`, init);
      proxies = createProxies({ tokenKeys: env.TOKEN_KEYS, log }, fetchFor);
    }
    return proxies(proxyKinds[Number(target)]!, plan).fetch(request, undefined, ctx);
  };
}

/** The host's own, and in its place one that tells on whoever uses it. */
function redirectGlobalFetch(upstream: string): typeof fetch {
  const native = globalThis.fetch.bind(globalThis);
  globalThis.fetch = (input) => native(`${upstream}/stray/${encodeURIComponent(String(input instanceof Request ? input.url : input))}`);
  return native;
}
