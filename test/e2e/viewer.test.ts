import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildViewerPage } from '../../scripts/viewer-page.ts';
import { launch } from '../runtimes/launch.ts';
import { rootId, sendCheckout, sendLong, startViewer, traceId, traceLow, type Viewer } from './viewer-server.ts';

const payId = 'ffffffffffffffc5';
const kvId = '000000000000000d';
const hexRoot = rootId.toString(16).padStart(16, '0');
// What Chromium says of a server that goes, by the moment at which it cuts a connection.
const expectedErrors = /net::ERR_(CONNECTION|INCOMPLETE|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/;
const pictures = 'artifacts/viewer';

let browser: Browser;
let viewer: Viewer;
const problems: string[] = [];
const pages: Page[] = [];

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  browser = await launch('chromium');
  viewer = await startViewer((await buildViewerPage()).html);
});

afterAll(async () => {
  await browser?.close();
  await viewer?.stop();
});

beforeEach(() => {
  viewer.clear();
  problems.length = 0;
});

// Whatever the page logs as an error (a script that throws, a style that the policy refuses) fails the test that saw it.
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
  expect(problems).toEqual([]);
});

async function open(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  pages.push(page);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !expectedErrors.test(message.text())) problems.push(message.text());
  });
  await page.goto(`${viewer.origin}/${hash}`);
  return page;
}

/** What is asked is what the page comes to show; how soon is the machine's affair. */
const shown = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 30_000 });
const picture = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: `${pictures}/${name}.png`, animations: 'disabled' });
const rowNames = (page: Page): Promise<string[]> => page.locator('.row .resource').allTextContents();
const isWide = (page: Page): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

test('with nothing received it says what to install, paste and open; the first trace appears by itself', async () => {
  const page = await open('');
  await page.getByRole('heading', { name: 'No traces yet' }).waitFor();
  await shown(() => page.locator('.lead code').textContent()).toBe(`${viewer.origin}/t`);
  await page.getByRole('tab', { name: 'Deno' }).click();
  await shown(() => page.locator('.code-box').nth(1).textContent()).toContain(`intake({ url: '${viewer.origin}/t' })`);
  expect(await page.locator('.code-box').last().textContent()).toContain(`npx edgespan doctor ${viewer.origin}/t`);
  await picture(page, 'none');
  await sendCheckout(viewer);
  await page.getByRole('grid', { name: 'Traces' }).waitFor();
});

test('the list shows a trace of three tiers: services, runtimes, spans, errors, duration, and the ledger', async () => {
  await sendCheckout(viewer);
  const page = await open('#/traces');
  const row = page.locator('.list-row');
  await row.waitFor();
  expect(await row.locator('.c-resource').textContent()).toBe('click button#place-order');
  expect(await row.locator('.c-services .chip').allTextContents()).toEqual(['shop-web', 'api', 'orders', 'cart']);
  expect(await row.locator('.badge').allTextContents()).toEqual(['browser', 'workerd', 'deno']);
  expect(await row.locator('.c-spans').textContent()).toBe('8');
  expect(await row.locator('.c-errors').textContent()).toBe('6');
  expect(await row.locator('.c-duration .number').textContent()).toBe('486 ms');
  await shown(() => page.locator('.ledger').textContent()).toMatch(/sent 8.*lost 9: queue_full 9/);
  await page.locator('.ledger').click();
  await shown(() => page.locator('#ledger-table tbody tr').count()).toBe(3);
  await page.keyboard.press('Escape');
  await picture(page, 'list-light');
});

test('keys open the trace, walk the tree, show a span, go to errors and back', async () => {
  await sendCheckout(viewer);
  const page = await open('');
  await page.locator('.list-row').waitFor();
  await page.keyboard.press('j');
  await shown(() => page.getByRole('grid').getAttribute('aria-activedescendant')).toBe(`trace-${traceId}`);
  await page.keyboard.press('Enter');
  await page.locator('.row').first().waitFor();
  await shown(() => new URL(page.url()).hash).toBe(`#/trace/${traceId}`);
  await shown(() => rowNames(page)).toEqual([
    'click button#place-order',
    'POST /api/checkout',
    'POST /api/checkout',
    'KV get session',
    'POST http://orders.internal/orders',
    'POST /orders',
    'POST https://pay.example/charge',
    'parent 00000000 not received',
    'storage.put cart:42',
  ]);
  await page.keyboard.press('ArrowLeft');
  await shown(() => page.locator('.row').count()).toBe(3);
  await page.keyboard.press('ArrowRight');
  await shown(() => page.locator('.row').count()).toBe(9);
  expect(await page.locator('.detail').count()).toBe(0);
  await page.keyboard.press('E');
  await page.keyboard.press('Enter');
  await shown(() => page.locator('.detail h2').textContent()).toBe('POST https://pay.example/charge');
  await shown(() => new URL(page.url()).hash).toBe(`#/trace/${traceId}/${payId}`);
  await page.keyboard.press('Escape');
  await shown(() => page.locator('.detail').count()).toBe(0);
  await page.keyboard.press('Escape');
  await page.locator('.list-row').waitFor();
});

test('a deep link opens the span; ids above 2^53 stand there digit by digit, in the detail and in the JSON', async () => {
  await sendCheckout(viewer);
  const page = await open(`#/trace/${traceId}/${payId}`);
  const detail = page.locator('.detail');
  await detail.waitFor();
  expect(await detail.locator('h2').textContent()).toBe('POST https://pay.example/charge');
  const text = await detail.textContent();
  for (const part of [traceId, payId, '9007199254740993', 'TimeoutError', 'src/payments.ts:41:17', 'request.sent', 'payment.attempt']) {
    expect(text).toContain(part);
  }
  expect(await page.locator('.row[aria-selected=true] .resource').textContent()).toBe('POST https://pay.example/charge');
  await picture(page, 'trace-light');
  await detail.getByRole('button', { name: 'KV get session' }).click();
  await shown(() => detail.locator('h2').textContent()).toBe('KV get session');
  // The address follows a moment later, in place of the one before: the way back leads to where the reader came from.
  await shown(() => new URL(page.url()).hash).toBe(`#/trace/${traceId}/${kvId}`);
  await page.goBack();
  expect(page.url()).toBe('about:blank');
  await page.goto(`${viewer.origin}/#/trace/${traceId}/${hexRoot}`);
  await page.getByRole('tab', { name: 'Datadog JSON' }).click();
  await page.locator('.raw pre').waitFor();
  const json = (await page.locator('.raw pre').textContent())!;
  expect(json).toContain(`"trace_id": ${traceLow}`);
  expect(json).toContain(`"span_id": ${rootId}`);
});

test('gaps, critical path, raw clocks and zoom', async () => {
  await sendCheckout(viewer);
  const page = await open(`#/trace/${traceId}`, { colorScheme: 'dark' });
  await page.locator('.row').first().waitFor();
  await shown(() => page.locator('.gap-label').allTextContents()).toEqual(['↑ 11 ms ↓ 12 ms']);
  await shown(() => page.locator('.note').allTextContents()).toContain('clock stopped');
  expect(await page.locator('.critical').count()).toBe(0);
  await page.keyboard.press('c');
  await shown(() => page.locator('.critical').count()).toBeGreaterThan(5);
  await picture(page, 'trace-critical-path-dark');
  await page.keyboard.press('g');
  await shown(() => page.locator('.gap').count()).toBe(0);
  await page.keyboard.press('e');
  await page.keyboard.press('e');
  await page.keyboard.press('z');
  await shown(() => page.locator('.window').count()).toBe(1);
  await page.keyboard.press('0');
  await shown(() => page.locator('.window').count()).toBe(0);
});

test('a missing parent is a ghost until it comes', async () => {
  await sendCheckout(viewer);
  const page = await open(`#/trace/${traceId}/${'63'.padStart(16, '0')}`);
  await page.locator('.row.ghost').waitFor();
  await shown(() => page.locator('.detail').textContent()).toMatch(/lost 9 spans: queue_full 9/);
  await viewer.send('node', [{ id: 99n, parent: 12n, resource: 'CART.reserve', service: 'cart', at: 130, length: 20 }]);
  await shown(() => page.locator('.row.ghost').count()).toBe(0);
  await shown(() => page.locator('.detail h2').textContent()).toBe('CART.reserve');
});

test('the filter narrows, suggests, says what is to blame, and lives in the address', async () => {
  await sendCheckout(viewer);
  await viewer.send('node', [{ id: 5n, resource: 'GET /healthz', service: 'orders', at: 900, length: 2 }], { low: 5n });
  const page = await open('');
  await shown(() => page.locator('.count').textContent()).toBe('2 traces');
  await page.keyboard.press('/');
  await page.keyboard.type('sta');
  await page.keyboard.press('Tab');
  await page.keyboard.type('e');
  await page.keyboard.press('Tab');
  await shown(() => page.locator('.count').textContent()).toBe('1 of 2 traces');
  await shown(() => page.locator('.filter-bar').getByRole('button', { name: 'Errors' }).getAttribute('aria-pressed')).toBe('true');
  await page.keyboard.type('duration:<100ms');
  await page.getByRole('heading', { name: 'No trace matches' }).waitFor();
  await shown(() => page.locator('.choice').allTextContents()).toEqual(['without status:error1 match', 'without duration:<100ms1 match']);
  await page.locator('.choice').first().click();
  await shown(() => page.locator('.list-row .c-resource').allTextContents()).toEqual(['GET /healthz']);
  await shown(() => decodeURIComponent(new URL(page.url()).hash)).toBe('#/traces?q=duration:<100ms');
  await page.reload();
  await shown(() => page.locator('.list-row .c-resource').allTextContents()).toEqual(['GET /healthz']);
});

test('new traces do not move the rows under a reader', async () => {
  await viewer.send('node', [{ id: 5n, resource: 'first', service: 'orders', at: 0, length: 2 }], { low: 5n });
  const page = await open('');
  await page.locator('.list-row').waitFor();
  await viewer.send('node', [{ id: 6n, resource: 'second', service: 'orders', at: 100, length: 2 }], { low: 6n });
  await shown(() => page.locator('.list-row .c-resource').allTextContents()).toEqual(['second', 'first']);
  await page.keyboard.press('j');
  await viewer.send('node', [{ id: 7n, resource: 'third', service: 'orders', at: 200, length: 2 }], { low: 7n });
  await page.getByRole('button', { name: '1 new ↑' }).click();
  await shown(() => page.locator('.list-row .c-resource').allTextContents()).toEqual(['third', 'second', 'first']);
});

test('the theme follows the system, can be fixed, and is kept', async () => {
  await sendCheckout(viewer);
  const page = await open('#/traces', { colorScheme: 'dark' });
  await page.locator('.list-row').waitFor();
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(await ground()).toBe('rgb(13, 15, 19)');
  await picture(page, 'list-dark');
  await page.keyboard.press('t');
  await shown(ground).toBe('rgb(255, 255, 255)');
  await page.reload();
  await page.locator('.list-row').waitFor();
  expect(await ground()).toBe('rgb(255, 255, 255)');
});

test('a storage that throws does not stop the page', async () => {
  await sendCheckout(viewer);
  const page = await open('#/traces');
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'localStorage', {
      get() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await page.reload();
  await page.locator('.list-row').waitFor();
  // It is said for less than two seconds: what was said is kept.
  await page.locator('.toast').evaluate((toast) => {
    const said: string[] = [];
    Object.assign(globalThis, { said });
    new MutationObserver(() => said.push(toast.textContent)).observe(toast, { childList: true, characterData: true, subtree: true });
  });
  await page.keyboard.press('t');
  await shown(() => page.evaluate('said')).toContain('Theme: light');
});

test('10,000 spans: few elements, every row reachable', async () => {
  const long = await sendLong(viewer, 10_000);
  const page = await open(`#/trace/${long}`);
  await shown(() => page.locator('.facts-line').textContent()).toContain('10,000 spans');
  const treegrid = page.getByRole('treegrid');
  expect(await treegrid.getAttribute('aria-rowcount')).toBe('10000');
  expect(await page.locator('.row').count()).toBeLessThan(70);
  expect(await page.locator('*').count()).toBeLessThan(2500);
  await page.keyboard.press('End');
  await shown(() => page.locator('.row[aria-selected=true]').getAttribute('aria-rowindex')).toBe('10000');
  expect(await page.locator('.row').count()).toBeLessThan(70);
  await picture(page, 'trace-10000');
});

test('the server goes: it says so, old traces stay readable, and it comes back by itself', async () => {
  await sendCheckout(viewer);
  const page = await open('#/traces');
  await page.locator('.list-row').waitFor();
  await viewer.stop();
  try {
    await page.getByRole('heading', { name: 'does not answer' }).waitFor();
    expect(await page.locator('.lead').textContent()).toMatch(/Since \d\d:\d\d:\d\d, (one try|\d tries)\. Next try in \d s\./);
    await picture(page, 'unreachable');
    await page.getByRole('button', { name: 'Show the 1 trace received before' }).click();
    await page.locator('.banner').waitFor();
    expect(await page.locator('.list-row').count()).toBe(1);
  } finally {
    await viewer.start();
  }
  await shown(() => page.locator('.status').textContent()).toContain('Receiving');
  await shown(() => page.locator('.banner').count()).toBe(0);
});

test('whoever does not want to wait for the next try presses Try now', async () => {
  await sendCheckout(viewer);
  const page = await open('#/traces');
  // In this page no second passes, so that no try comes by itself.
  await page.addInitScript(() => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((run: () => void, millis = 0) => (millis < 1000 ? setTimeout(run, millis) : 0)) as typeof setTimeout;
  });
  await page.reload();
  await page.locator('.list-row').waitFor();
  await viewer.stop();
  try {
    await page.getByRole('heading', { name: 'does not answer' }).waitFor();
  } finally {
    await viewer.start();
  }
  await page.getByRole('button', { name: 'Try now' }).click();
  await shown(() => page.locator('.status').textContent()).toContain('Receiving');
  await shown(() => page.getByRole('heading', { name: 'does not answer' }).count()).toBe(0);
});

test.each([320, 390, 820])('at %i px no button of the empty page sticks out of its box', async (width) => {
  const page = await open('', { viewport: { width, height: 844 } });
  await page.getByRole('heading', { name: 'No traces yet' }).waitFor();
  const out = await page.evaluate(() =>
    [...document.querySelectorAll('.code-box')]
      .flatMap((box) =>
        [...box.querySelectorAll('button')].filter((button) => button.getBoundingClientRect().right > box.getBoundingClientRect().right),
      )
      .map((button) => button.textContent),
  );
  expect(out).toEqual([]);
  await picture(page, `none-${width}`);
});

test.each([320, 390, 820, 1060, 1440, 2560])('at %i px nothing scrolls sideways', async (width) => {
  await sendCheckout(viewer);
  const page = await open('#/traces', { viewport: { width, height: 844 } });
  await page.locator('.list-row').waitFor();
  expect(await isWide(page)).toBe(false);
  if (width === 390) await picture(page, 'list-390');
  await page.goto(`${viewer.origin}/#/trace/${traceId}`);
  await page.locator('.row').first().waitFor();
  expect(await isWide(page)).toBe(false);
  if (width === 390) await picture(page, 'trace-390');
  await page.goto(`${viewer.origin}/#/trace/${traceId}/${payId}`);
  await page.locator('.detail').waitFor();
  expect(await isWide(page)).toBe(false);
  if (width === 390) await picture(page, 'detail-390');
});
