import { gzipSync } from 'fflate';
import { countSpans } from '../../datadog/count-spans.ts';
import { encodeTraces } from '../../datadog/encode-traces.ts';
import { maxRequestBytes } from '../../trace/limits.ts';
import { envelopeBytes } from '../envelope-bytes.ts';
import { fetchUpstream, outcomeOf, outcomeOfError } from './fetch-upstream.ts';
import { inParts } from './in-parts.ts';
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
 * Hands batches on to a trace viewer in envelopes: the client's line without its token, and of the spans what every upstream gets,
 * internal tags restricted and secrets taken out.
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

  return inParts(
    (chunks, line) => {
      const raw = encodeTraces(chunks);
      return envelopeBytes(
        { ...line, token: undefined, enc: 'gzip', raw: raw.length, spans: countSpans(chunks) },
        gzipSync(raw, { level: 1 }),
      );
    },
    async (body, _, __, signal) => {
      try {
        return outcomeOf(await fetchUpstream(fetch, url.href, { method: 'POST', body, signal }));
      } catch {
        return outcomeOfError(signal);
      }
    },
    maxRequestBytes,
  );
}
