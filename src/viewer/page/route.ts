/** Where the page is; lives in the part of the address behind `#`. */
export type Route =
  | { page: 'traces'; filter: string }
  | { page: 'trace'; traceId: string; spanId: string; filter: string }
  | { page: 'play'; filter: string };

/** Reads a hash. What is not understood is the list. Never throws. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const filter = new URLSearchParams(query).get('q') ?? '';
  const [page, traceId = '', spanId = ''] = path.split('/');
  if (page === 'trace' && /^[0-9a-f]{32}$/.test(traceId)) {
    return { page: 'trace', traceId, spanId: /^[0-9a-f]{16}$/.test(spanId) ? spanId : '', filter };
  }
  return page === 'play' ? { page: 'play', filter } : { page: 'traces', filter };
}

/** The hash of a route; the filter travels along, so that going back finds the same list. */
export function formatRoute(route: Route): string {
  const query = route.filter ? `?q=${encodeURIComponent(route.filter)}` : '';
  if (route.page === 'trace') return `#/trace/${route.traceId}${route.spanId ? `/${route.spanId}` : ''}${query}`;
  return `#/${route.page}${query}`;
}
