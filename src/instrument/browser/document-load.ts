import { type Attributes, ROOT_CONTEXT, type Span, type Tracer, trace } from '@opentelemetry/api';
import { recordStatus } from '../failure.ts';
import { kindClient } from '../fetch.ts';
import { describeRequest, type HttpSpanOptions, type SpanHook } from '../http-request.ts';
import { createInstrumentation, type Instrumentation } from '../instrumentation.ts';
import { parseServerTiming } from '../server-timing.ts';

/** How the loading of a page is traced. */
export interface DocumentLoadOptions extends Pick<HttpSpanOptions, 'urlQuery'> {
  /** Spans of what the page had loaded until then, at most this many. Default 0. */
  resourceCount?: number;
  /** Called with the page's span before it ends. */
  requestHook?: SpanHook<PerformanceNavigationTiming>;
}

/**
 * After the page's `load` event: a root span `documentLoad` from navigation to `loadEventEnd` with the browser's own milestones as
 * events, and below it `documentFetch`. The root links to the server's span that the document's `Server-Timing` names. Does nothing in
 * workers, and has no listener that keeps a page out of the back/forward cache.
 *
 * @example
 * register({ service: 'shop-web', instrumentations: [documentLoadInstrumentation({ resourceCount: 50 })] })
 * @see https://www.w3.org/TR/navigation-timing-2/
 */
export function documentLoadInstrumentation(options: DocumentLoadOptions = {}): Instrumentation<DocumentLoadOptions> {
  return createInstrumentation('document-load', options, ({ guard, tracer, options: current }) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onLoad = (): void => {
      // A task later, for `loadEventEnd` is known only when all listeners are done.
      timer = setTimeout(() => guard('document-load', () => recordLoad(tracer(), current())));
    };
    const state = globalThis.document?.readyState;
    if (state === 'complete') onLoad();
    else if (state) addEventListener('load', onLoad);
    return () => {
      clearTimeout(timer);
      if (state) removeEventListener('load', onLoad);
    };
  });
}

function recordLoad(tracer: Tracer, { resourceCount = 0, urlQuery = false, requestHook }: DocumentLoadOptions): void {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (!page) return;
  const epoch = (millis: number): number => performance.timeOrigin + millis;
  const describe = ({ name }: PerformanceEntry): Attributes => describeRequest({ method: 'GET', url: new URL(name) }, { urlQuery })[1];
  const link = parseServerTiming(page.serverTiming?.find(({ name }) => name === 'traceparent')?.description);
  const root = tracer.startSpan('documentLoad', {
    root: true,
    startTime: epoch(page.startTime),
    links: link ? [link] : [],
    attributes: { 'url.full': describe(page)['url.full'], 'user_agent.original': navigator.userAgent },
  });
  // What the browser says happened: all members of the entry that are times, by their names.
  const addMilestones = (span: Span, from: number, to: number): void => {
    for (const key in page) {
      const millis = page[key as 'fetchStart'];
      if (/(Start|End|Interactive|Complete)$/.test(key) && millis > from && millis <= to) span.addEvent(key, epoch(millis));
    }
  };
  const recordFetch = (name: string, entry: PerformanceResourceTiming): void => {
    const span = tracer.startSpan(
      name,
      { kind: kindClient, startTime: epoch(entry.fetchStart), attributes: describe(entry) },
      trace.setSpan(ROOT_CONTEXT, root),
    );
    recordStatus(span, entry.responseStatus, 400);
    if (entry === page) addMilestones(span, 0, entry.responseEnd);
    span.end(epoch(entry.responseEnd));
  };
  recordFetch('documentFetch', page);
  for (const entry of (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).slice(0, resourceCount))
    recordFetch('resourceFetch', entry);
  addMilestones(root, page.responseEnd, Infinity);
  for (const { name, startTime } of performance.getEntriesByType('paint')) root.addEvent(name, epoch(startTime));
  requestHook?.(root, page);
  root.end(epoch(page.loadEventEnd));
}
