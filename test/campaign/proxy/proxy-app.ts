import { agentUpstream, createIntakeProxy, hmacTokens, type IntakeProxy, type ProxyContext } from '../../../src/entries/proxy.ts';
import { pageOrigin } from './page-origin.ts';

/** What the served proxy is configured by. */
export interface AppEnvironment {
  readonly UPSTREAM: string;
  readonly TOKEN_KEYS: string;
}

/** What a host is given to serve. */
export type App = (request: Request, env: AppEnvironment, ctx?: ProxyContext) => Response | Promise<Response>;

/** What was inflated so far, as the bundle counts it: see `serve.ts`. */
export interface InflatedCounts {
  /** The most that one payload became in JavaScript. */
  readonly fflateMostBytes: number;
  readonly zlibCalls: number;
  /** The most that the host's zlib returned. */
  readonly zlibMostBytes: number;
  /** The most that it was allowed to make, and the largest buffer that it was told to take for that. */
  readonly zlibMostBoundBytes: number;
  readonly zlibMostChunkBytes: number;
}

/**
 * What the campaigns serve in each runtime: the proxy at `/t` with tokens and redaction, in front of an Agent; beside it `/pass`, which
 * hands the same body on unread, and `/inflated`, what payloads became.
 */
export function createApp(): App {
  let proxy: IntakeProxy | undefined;
  return (request, env, ctx) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/pass') {
      return fetch(`${env.UPSTREAM}/v0.4/traces`, { method: 'PUT', body: request.body, duplex: 'half' } as RequestInit);
    }
    if (pathname === '/inflated') return Response.json((globalThis as { inflated?: InflatedCounts }).inflated ?? {});
    proxy ??= createIntakeProxy({
      upstream: agentUpstream({ url: env.UPSTREAM, format: 'json' }),
      allowOrigins: [pageOrigin],
      auth: hmacTokens({ keys: env.TOKEN_KEYS }),
      // One address sends everything here.
      rateLimit: 'none',
      log: () => {},
    });
    return proxy.fetch(request, undefined, ctx);
  };
}
