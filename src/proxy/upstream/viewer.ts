import { formatEnvelopeLine } from '../../export/envelope.ts';
import { fetchUpstream, outcomeOf, outcomeOfError } from './fetch-upstream.ts';
import type { Upstream } from './upstream.ts';
import { upstreamUrl } from './upstream-url.ts';

/** Options of `viewerUpstream`: an address, or the viewer itself in this process. */
export interface ViewerUpstreamOptions {
  /** Address of a viewer, e.g. `http://127.0.0.1:4319`; without a path its intake at `/t` is meant. */
  readonly url?: string;
  /** A `fetch` handler: `createTraceViewer().fetch`, or that of a service binding. */
  readonly handler?: (request: Request) => Response | Promise<Response>;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Hands batches on to a trace viewer as they came: the line without its token, the payload untouched.
 *
 * @throws TypeError where neither or both of `url` and `handler` are given, or the URL breaks a rule.
 * @example
 * ```ts
 * createIntakeProxy({ upstream: viewerUpstream({ url: 'http://127.0.0.1:4319' }), allowOrigins: ['http://localhost:8080'], auth: 'none' })
 * ```
 */
export function viewerUpstream(options: ViewerUpstreamOptions): Upstream {
  const { handler } = options;
  if ((options.url === undefined) === (handler === undefined)) {
    throw new TypeError('Cannot create a viewer upstream as one of `url` and `handler` must be given: current value is neither or both');
  }
  const url = handler ? new URL('http://localhost/t') : upstreamUrl('create a viewer upstream', '`url`', options.url, false);
  if (url.pathname === '/') url.pathname = '/t';
  const fetch = handler
    ? async (input: RequestInfo | URL, init?: RequestInit) => handler(new Request(input, init))
    : (options.fetch ?? globalThis.fetch.bind(globalThis));

  return async ({ line, payload }, signal) => {
    const head = new TextEncoder().encode(formatEnvelopeLine({ ...line, token: undefined }));
    const body = new Uint8Array(head.length + payload.length);
    body.set(head);
    body.set(payload, head.length);
    try {
      return outcomeOf(await fetchUpstream(fetch, url.href, { method: 'POST', body, signal }));
    } catch {
      return outcomeOfError(signal);
    }
  };
}
