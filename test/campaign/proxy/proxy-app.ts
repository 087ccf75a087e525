import { agentUpstream, createIntakeProxy, hmacTokens, type IntakeProxy, type ProxyContext } from '../../../src/entries/proxy.ts';
import { pageOrigin } from './page-origin.ts';

/** What the served proxy is configured by. */
export interface AppEnvironment {
  readonly UPSTREAM: string;
  readonly TOKEN_KEYS: string;
}

/**
 * What the campaigns serve in each runtime: the proxy at `/t` with tokens and redaction, in front of an Agent; beside it `/pass`, which
 * hands the same body on unread, and `/inflated`, the most bytes that one payload became.
 */
export function createApp(): (request: Request, env: AppEnvironment, ctx?: ProxyContext) => Response | Promise<Response> {
  let proxy: IntakeProxy | undefined;
  return (request, env, ctx) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/pass') {
      return fetch(`${env.UPSTREAM}/v0.4/traces`, { method: 'PUT', body: request.body, duplex: 'half' } as RequestInit);
    }
    if (pathname === '/inflated') return Response.json((globalThis as { inflatedBytes?: number }).inflatedBytes ?? 0);
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
