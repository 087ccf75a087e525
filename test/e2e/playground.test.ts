// The playground as `npm start` serves it: every button makes the trace that Datadog's guide promises, shown beside it.
import { mkdirSync } from 'node:fs';
import type { ViewerSpan } from 'edgespan/viewer';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Stack, startStack } from '../../playground/stack.ts';
import { launch } from '../runtimes/launch.ts';

let stack: Stack;
let browser: Browser;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  mkdirSync('artifacts/playground', { recursive: true });
  stack = await startStack({ port: 0, withZone: false, without: undefined });
  browser = await launch('chromium');
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(`${stack.origin}/`);
  await page.waitForFunction('typeof runScene === "function"');
  // The last root span that was started is taken for a scene's: that of the page's own load comes first.
  const roots = (): string[] => stack.viewer.traces().flatMap(({ traceId }) => stack.viewer.trace(traceId).map(({ resource }) => resource));
  await vi.waitFor(() => expect(roots()).toContain('documentLoad'), { timeout: 60_000 });
});
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

/** The scene's spans in the order of their starts. */
async function spansOf(scene: string): Promise<() => ViewerSpan[]> {
  const { traceId } = await page.evaluate<{ traceId: string }>(`runScene(${JSON.stringify(scene)})`);
  return () => stack.viewer.trace(traceId).toSorted((a, b) => (a.startNano < b.startNano ? -1 : 1));
}

const typed = {
  int_val: 1,
  string_val: 'two',
  int_array: [3, 4],
  string_array: ['5', '6'],
  bool_array: [true, false],
};

const expected: Record<string, object[]> = {
  'custom-span': [{ name: 'internal', resource: 'price.calculate', metrics: { items: 3 } }],
  nested: [{ resource: 'checkout' }, { resource: 'stock.reserve' }],
  current: [{ resource: 'cart.open', meta: { 'user.plan': 'pro' } }],
  tags: [
    {
      meta: {
        'product.name': 'Ångström ruler',
        'product.sale': 'true',
        'product.tags.0': 'office',
        'product.tags.1': 'metal',
        'product.flags.0': 'true',
        'product.flags.1': 'false',
      },
      metrics: { 'product.price': 12.5, 'product.stock': 9_007_199_254_740_991, 'product.sizes.0': 15, 'product.sizes.1': 30 },
    },
  ],
  event: [{ events: [{ name: 'Event With No Attributes' }] }],
  'event-attributes': [{ events: [{ name: 'Event With Some Attributes', attributes: typed }] }],
  exception: [
    { error: 1, meta: { 'error.type': 'SyntaxError', 'error.message': 'coupon is unreadable' }, events: [{ name: 'exception' }] },
  ],
  'exception-attributes': [
    { error: 0, meta: { 'error.type': 'RangeError' }, events: [{ name: 'exception', attributes: { status: 'failed' } }] },
  ],
  throw: [{ error: 1, resource: 'click button#empty-cart', meta: { 'error.type': 'TypeError' } }],
};

test.each(Object.entries(expected))('%s', async (scene, spans) => {
  await expect.poll(await spansOf(scene), { timeout: 30_000 }).toMatchObject(spans);
});

test('a press on Run shows code and trace side by side, in light, dark and on a phone', async () => {
  await page.getByRole('button', { name: /^run/i }).first().click();
  await page.getByText('reserve stock').first().waitFor();
  await page.screenshot({ path: 'artifacts/playground/light.png' });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: 'artifacts/playground/dark.png' });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: 'artifacts/playground/phone.png' });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test('the marked row is the span shown below, until somebody moves, also where the Worker’s part comes before its root', async () => {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/t', (route) => held.then(() => route.continue()));
  const marked = (): Promise<string | null> => page.locator('.row[aria-selected=true] .resource').textContent();
  const shown = (): Promise<string | null> => page.locator('.detail h2').textContent();
  const both = async (): Promise<(string | null)[]> => [await marked(), await shown()];
  const title = (): Promise<string | null> => page.locator('.play-title h2').textContent();
  const soon = { timeout: 30_000 };
  try {
    await page.getByRole('button', { name: /^run/i }).first().click();
    await expect.poll(title, soon).toBe('POST /api/checkout');
    await expect.poll(both, soon).toEqual(['POST /api/checkout', 'POST /api/checkout']);
  } finally {
    letGo();
  }
  await expect.poll(title, soon).toMatch(/^click /);
  await page.unroute('**/t');
  const root = await title();
  await expect.poll(both, soon).toEqual([root, root]);
  await page.keyboard.press('ArrowDown');
  await expect.poll(shown, soon).not.toBe(root);
  const moved = await shown();
  await expect.poll(both, soon).toEqual([moved, moved]);
});

test('the tab that is closed with 1,000 spans loses none, and the page had nothing to complain about', async () => {
  const items = (): number =>
    stack.viewer.traces().filter(({ traceId }) => stack.viewer.trace(traceId).some((span) => span.resource.startsWith('item '))).length;
  await page.evaluate('runScene("close-tab")').catch(() => {});
  await expect.poll(items, { timeout: 60_000 }).toBe(1000);
  expect(problems).toEqual([]);
});
