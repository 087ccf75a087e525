import { defaultTextMapSetter, propagation, type TextMapPropagator } from '@opentelemetry/api';
import { injectAll } from '../../propagation/inject-all.ts';
import type { ClientHost, ClientOptions } from '../fetch.ts';
import { matchesUrl, type UrlPattern } from '../http-request.ts';
import { createInstrumentation, type Instrumentation } from '../instrumentation.ts';

/** Where a trace's headers may go besides the page's own origin; `propagators` replaces the registered one there, for kept traces. */
export type AllowedTracingUrl = UrlPattern | { readonly match: UrlPattern; readonly propagators?: readonly TextMapPropagator[] };

/** How the page's requests are traced. `Response` is what `responseHook` gets. */
export interface PageRequestOptions<Response> extends ClientOptions<Response> {
  /** Where the trace's headers may go besides the page's own origin. */
  allowedTracingUrls?: readonly AllowedTracingUrl[];
}

interface DatadogRum {
  getInitConfiguration?(): { allowedTracingUrls?: AllowedTracingUrl[] } | undefined;
}

/** An instrumentation of a page's or web worker's requests. */
export function createPageClient<Response>(
  name: string,
  options: PageRequestOptions<Response>,
  watch: (host: ClientHost<Response>) => () => void,
): Instrumentation<PageRequestOptions<Response>> {
  return createInstrumentation(name, options, (tools) =>
    watch({
      ...tools,
      base,
      /**
       * Headers go to the page's own origin and where they are allowed, for elsewhere they would make the browser ask first and break
       * other people's CORS set-ups; not where Datadog RUM traces the URL itself.
       */
      inject(active, { href, origin }, headers) {
        const rum = (globalThis as { DD_RUM?: DatadogRum }).DD_RUM?.getInitConfiguration?.()?.allowedTracingUrls;
        if (rum && findRule(rum, href)) return;
        const rule = findRule(tools.options().allowedTracingUrls ?? [], href);
        const propagators = (rule as { propagators?: TextMapPropagator[] } | undefined)?.propagators;
        if (propagators) injectAll(propagators, true, active, headers, defaultTextMapSetter);
        else if (rule || origin === globalThis.location?.origin) propagation.inject(active, headers);
      },
    }),
  );
}

/** What relative URLs of this page or worker stand on. */
function base(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

// Strings have a `match` too.
function findRule(rules: readonly AllowedTracingUrl[], href: string): AllowedTracingUrl | undefined {
  return rules.find((rule) => matchesUrl([typeof rule === 'object' && 'match' in rule ? rule.match : rule], href, base()));
}
