import type { Instrumentation } from '../instrumentation.ts';
import { patchFetch } from '../patch-fetch.ts';
import { createPageClient, type PageRequestOptions } from './page-client.ts';

/**
 * A CLIENT span per `fetch` of a page or a web worker, ended when the headers are there. Request and response pass through untouched
 * but for the added headers; where the answer's `Server-Timing` names the server's span, the span links to it.
 *
 * @example
 * register({ service: 'shop-web', instrumentations: [fetchInstrumentation({ allowedTracingUrls: ['https://api.example.com'] })] })
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function fetchInstrumentation(options: PageRequestOptions<Response> = {}): Instrumentation<PageRequestOptions<Response>> {
  return createPageClient('fetch', options, (host) => patchFetch(host, true));
}
