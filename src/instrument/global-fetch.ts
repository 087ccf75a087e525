import type { ClientOptions } from './fetch.ts';
import { createGuard } from './guard.ts';
import { matchesUrl, type UrlPattern } from './http-request.ts';
import { createInstrumentation, type Instrumentation } from './instrumentation.ts';
import { patchFetch } from './patch-fetch.ts';

/** How a server's outgoing requests are traced. */
export interface GlobalFetchOptions extends ClientOptions<Response> {
  /** Where the trace's headers may go. Default: everywhere, as Datadog's tracers do on servers. */
  allowedTracingUrls?: readonly UrlPattern[];
  /** Only below an active span, for hosts where one global serves what is traced and what is not. Default false. */
  requireParent?: boolean;
}

/** A CLIENT span per `globalThis.fetch` of Deno, Node, Bun or a Worker, ended when the headers are there. */
export function globalFetchInstrumentation(options: GlobalFetchOptions = {}): Instrumentation<GlobalFetchOptions> {
  return createInstrumentation('fetch', options, (watch) =>
    patchFetch(
      {
        ...watch,
        guard: createGuard(),
        // Deno has a location where `--location` says so.
        base: () => globalThis.location?.href,
        propagate(url) {
          const { allowedTracingUrls } = watch.options();
          return !allowedTracingUrls || matchesUrl(allowedTracingUrls, url);
        },
        needsParent: options.requireParent === true,
      },
      // Beside a trace that goes on in the other service a link would say the same again, and strangers' headers are readable here.
      false,
    ),
  );
}
