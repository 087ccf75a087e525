// One click in a real browser, and what came out of it.
import { buildTraceTree, type TraceTree, type ViewerSpan } from 'edgespan/viewer';
import { installBrowsers } from '../scripts/browsers.ts';
import { browsers } from '../test/runtimes/browsers.ts';
import { launch } from '../test/runtimes/launch.ts';
import { printTrace } from './print-trace.ts';
import { type Stack, startStack, type TierName } from './stack.ts';

export interface DemoOptions {
  readonly json: boolean;
  readonly withZone: boolean;
  readonly without: TierName | undefined;
}

/** Spans are given this long to come together. */
const arriveMillis = 15_000;

/** Runs the demo. Resolves to the exit code. */
export async function runDemo({ json, withZone, without }: DemoOptions): Promise<number> {
  const stack = await startStack({ port: 0, withZone, without });
  try {
    const close = without === 'browser' ? await callWithoutPage(stack) : await clickInBrowser(stack);
    const spans = await findTrace(stack, without);
    await close();
    const missing = whatIsMissing(spans, buildTraceTree(spans));
    console.log(printTrace(buildTraceTree(spans)));
    console.log('');
    console.log(missing.length === 0 ? `one trace, ${spans.length} spans, browser → workerd → deno` : `missing: ${missing.join(', ')}`);
    if (json) console.log(toJson(spans));
    return missing.length === 0 ? 0 : 1;
  } finally {
    await stack.close();
  }
}

async function callWithoutPage(stack: Stack): Promise<() => Promise<void>> {
  await stack.callWorker();
  return async () => {};
}

async function clickInBrowser(stack: Stack): Promise<() => Promise<void>> {
  installBrowsers(browsers().firefox === undefined ? ['chromium'] : []);
  const { chromium: chromiumPath, firefox: firefoxPath } = browsers();
  if (chromiumPath === undefined && firefoxPath === undefined) throw new Error('no browser is installed: Chromium or Firefox is needed');
  const browser = await launch(chromiumPath ? 'chromium' : 'firefox');
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error('page:', error));
  await page.goto(`${stack.origin}/`);
  await page.waitForFunction('typeof runScene === "function"');
  // Where a tier is missing the page's own code fails: that is recorded in its span, and told here.
  await page.evaluate('runScene("call-worker")').catch((error) => console.error(`page: ${String(error).split('\n')[0]}`));
  return () => browser.close();
}

/** The trace with the most tiers in it, once nothing more is expected or time is up. */
async function findTrace(stack: Stack, without: TierName | undefined): Promise<ViewerSpan[]> {
  const expected = ['browser', 'workerd', 'deno'].filter((tier) => tier !== without && !(without === 'workerd' && tier === 'deno'));
  const end = Date.now() + arriveMillis;
  for (;;) {
    const traces = stack.viewer.traces().map(({ traceId }) => stack.viewer.trace(traceId));
    const best = traces.sort((a, b) => tiersOf(b).size - tiersOf(a).size || b.length - a.length)[0] ?? [];
    const isComplete = expected.every((tier) => tiersOf(best).has(tier)) && buildTraceTree(best).roots.every((root) => root.span);
    if (isComplete || Date.now() > end) return best;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function tiersOf(spans: readonly ViewerSpan[]): Set<string> {
  return new Set(spans.map((span) => span.runtime));
}

function whatIsMissing(spans: readonly ViewerSpan[], tree: TraceTree): string[] {
  const tiers = tiersOf(spans);
  const found: Record<string, boolean> = {
    browser: tiers.has('browser'),
    workerd: tiers.has('workerd'),
    deno: tiers.has('deno'),
    'one root': tree.roots.length === 1 && tree.roots[0]?.span !== undefined,
    'right parents': hasParentOf(spans, 'workerd', 'browser') && hasParentOf(spans, 'deno', 'workerd'),
    'an event with attributes': spans.some(({ events }) => events.some((event) => Object.keys(event.attributes).length > 1)),
    'an exception': spans.some(({ events }) => events.some((event) => event.name === 'exception')),
    'the user agent of the browser': spans.some(({ meta }) => /Mozilla\/5/.test(meta['browser.user_agent'] ?? '')),
  };
  return Object.keys(found).filter((name) => !found[name]);
}

/** Whether the first span of a tier descends from a span of the one before. */
function hasParentOf(spans: readonly ViewerSpan[], tier: string, parentTier: string): boolean {
  const runtimeOf = new Map(spans.map((span) => [span.spanId, span.runtime as string]));
  return spans.some((span) => span.runtime === tier && runtimeOf.get(span.parentId) === parentTier);
}

function toJson(spans: readonly ViewerSpan[]): string {
  return JSON.stringify({
    traceId: spans[0]?.traceId,
    spans: spans.map(({ service, runtime, name, resource, parentId, spanId, error, meta, metrics }) => ({
      service,
      runtime,
      name,
      resource,
      parentId,
      spanId,
      error,
      meta,
      metrics,
    })),
  });
}
