// Writes docs/images: the viewer and the playground in a real browser, with a trace that was just made. `node scripts/screenshots.ts`
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright';
import { startStack } from '../playground/stack.ts';
import { browsers } from '../test/runtimes/browsers.ts';

const stack = await startStack({ port: 0, withZone: false, without: undefined });
const executablePath = browsers().chromium;
if (executablePath === undefined) throw new Error('Cannot take screenshots as Chromium is not installed');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
mkdirSync('docs/images', { recursive: true });

for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 760 }, colorScheme });
  await page.goto(`${stack.origin}/`);
  await page.waitForFunction('typeof runScene === "function"');
  // Twice: the first trace is that of a cold start.
  await page.evaluate('runScene("call-worker")');
  const { traceId } = await page.evaluate<{ traceId: string }>('runScene("call-worker")');
  await page.waitForTimeout(1500);
  // One without a stack: its paths are this machine's.
  const shown = stack.viewer.trace(traceId).find((span) => span.resource === 'reserve stock');
  await page.goto(`${stack.origin}/#/trace/${traceId}/${shown?.spanId ?? ''}`);
  await page.waitForTimeout(800);
  await page.screenshot({ path: `docs/images/trace${colorScheme === 'dark' ? '-dark' : ''}.png` });
  if (colorScheme === 'light') {
    await page.goto(`${stack.origin}/#/play`);
    await page.getByRole('button', { name: /^run/i }).first().click();
    await page.getByText('reserve stock').first().waitFor();
    await page.waitForTimeout(1500);
    await page.screenshot({ path: 'docs/images/playground.png' });
  }
  await page.close();
}
await browser.close();
await stack.close();
