import type { ClientOptions } from '../fetch.ts';
import { createGuard } from '../guard.ts';
import { createInstrumentation, type Instrumentation } from '../instrumentation.ts';
import { patchFetch } from '../patch-fetch.ts';
import { type AllowedTracingUrl, pageBase, propagateFromPage } from './page-propagation.ts';

/** How the page's requests are traced. `R` is what `responseHook` gets. */
export interface PageRequestOptions<R> extends ClientOptions<R> {
  /** Where the trace's headers may go besides the page's own origin. */
  allowedTracingUrls?: readonly AllowedTracingUrl[];
}

/**
 * A CLIENT span per `fetch` of a page or a web worker, ended when the headers are there. Request and response pass through untouched
 * but for the added headers; where the answer's `Server-Timing` names the server's span, the span links to it.
 */
export function fetchInstrumentation(options: PageRequestOptions<Response> = {}): Instrumentation<PageRequestOptions<Response>> {
  return createInstrumentation('fetch', options, (watch) =>
    patchFetch(
      {
        ...watch,
        guard: createGuard(),
        base: pageBase,
        propagate: (url) => propagateFromPage(watch.options().allowedTracingUrls, url),
      },
      true,
    ),
  );
}
