import {
  agentUpstream,
  browserSdkForward,
  consoleUpstream,
  createIntakeProxy,
  datadogUpstream,
  hmacTokens,
  type IntakeProxy,
  type IntakeProxyOptions,
  otlpUpstream,
  viewerUpstream,
} from '../../../src/entries/proxy.ts';
import { createIntakeProxy as createWithInflate } from '../../../src/proxy/handler.ts';
import type { Inflate } from '../../../src/proxy/inflate.ts';
import type { ProxyLog } from '../../../src/proxy/log.ts';
import { pageOrigin } from '../../campaign/proxy/page-origin.ts';

/** Stands in for a key of Datadog's: may be in one header of one upstream, nowhere else. */
export const canaryKey = 'c4narykey0123456789abcdef0123456';
/** Stands in for a client token of the site's RUM application. */
export const clientToken: string = `pub${canaryKey.slice(0, 1)}${'0123456789abcdef'.repeat(2).slice(1)}`;

export const agentUrl = 'http://127.0.0.1:8126';
export const otlpUrl = 'http://127.0.0.1:4318';
export const viewerUrl = 'http://127.0.0.1:4319';

/** What a proxy under test is given by who makes it. */
export interface ProxyParts {
  readonly fetch: typeof globalThis.fetch;
  readonly tokenKeys: string;
  readonly log: ProxyLog;
  /** Default: as the door does it, by the host's zlib where there is one. */
  readonly inflate?: Inflate | undefined;
}

/** Proxies with every upstream, by name; runs in every runtime. */
export const proxyKinds = [
  'agent',
  'agent, no redaction',
  'agent, tokens',
  'agent, MessagePack',
  'agent form',
  'OTLP, JSON',
  'OTLP, protobuf',
  'Datadog',
  'viewer',
] as const;
export type ProxyKind = (typeof proxyKinds)[number];

export function createProxy(kind: ProxyKind, { fetch, tokenKeys, log, inflate }: ProxyParts): IntakeProxy {
  const auth = hmacTokens({ keys: tokenKeys });
  const agent = (format: 'auto' | 'json' | 'msgpack') => agentUpstream({ url: agentUrl, format, fetch });
  const browserSdk = browserSdkForward({ clientTokens: [clientToken], fetch });
  const silent = consoleUpstream({ write: (line) => void JSON.parse(line) });
  const options: Readonly<Record<ProxyKind, () => Omit<IntakeProxyOptions, 'log'>>> = {
    agent: () => ({ upstream: [agent('json'), silent], auth: 'none', allowServers: true, browserSdk }),
    'agent, no redaction': () => ({ upstream: agent('json'), auth: 'none', redact: 'none' }),
    'agent, tokens': () => ({ upstream: agent('auto'), auth }),
    'agent, MessagePack': () => ({ upstream: agent('msgpack'), auth: () => ({ isServer: true }) }),
    'agent form': () => ({ upstream: agent('msgpack'), auth, agentForm: true, browserSdk }),
    'OTLP, JSON': () => ({ upstream: otlpUpstream({ url: otlpUrl, protocol: 'json', fetch }), auth }),
    'OTLP, protobuf': () => ({ upstream: otlpUpstream({ url: otlpUrl, protocol: 'protobuf', fetch }), auth: 'none' }),
    Datadog: () => ({ upstream: datadogUpstream({ apiKey: canaryKey, unstable: true, warn: () => {}, fetch }), auth: 'none' }),
    viewer: () => ({ upstream: viewerUpstream({ url: viewerUrl, fetch }), auth }),
  };
  const chosen: IntakeProxyOptions = { allowOrigins: [pageOrigin], rateLimit: 'none', ...options[kind](), log };
  return inflate === undefined ? createIntakeProxy(chosen) : createWithInflate(chosen, inflate);
}
