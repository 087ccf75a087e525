import { propagation, trace } from '@opentelemetry/api';
import type { ClientOptions } from './fetch.ts';
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

/**
 * A CLIENT span per `globalThis.fetch` of Deno, Node, Bun or a Worker, ended when the headers are there. No links by `Server-Timing`:
 * beside a trace that goes on in the other service they would say the same again, and strangers' headers can be read here.
 *
 * @example
 * register({ service: 'orders', instrumentations: [globalFetchInstrumentation({ ignoreUrls: ['http://127.0.0.1:9090'] })] })
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function globalFetchInstrumentation(options: GlobalFetchOptions = {}): Instrumentation<GlobalFetchOptions> {
  return createInstrumentation('fetch', options, (watch) =>
    patchFetch({
      ...watch,
      options: () => (options.requireParent && !trace.getActiveSpan() ? { ignoreUrls: [() => true] } : watch.options()),
      // Deno has a location where `--location` says so.
      base: () => globalThis.location?.href,
      inject(active, { href }, headers) {
        const { allowedTracingUrls } = watch.options();
        if (!allowedTracingUrls || matchesUrl(allowedTracingUrls, href)) propagation.inject(active, headers);
      },
    }),
  );
}
