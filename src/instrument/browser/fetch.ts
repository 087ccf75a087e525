import type { Instrumentation } from '../instrumentation.ts';
import { patchFetch } from '../patch-fetch.ts';
import { createPageClient, type PageRequestOptions } from './page-client.ts';

/**
 * A CLIENT span per `fetch` of a page or a web worker, ended when the headers are there. Request and response pass through untouched
 * but for the added headers; where the answer's `Server-Timing` names the server's span, the span links to it.
 */
export function fetchInstrumentation(options: PageRequestOptions<Response> = {}): Instrumentation<PageRequestOptions<Response>> {
  return createPageClient('fetch', options, (host) => patchFetch(host, true));
}
