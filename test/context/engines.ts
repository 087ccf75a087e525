// Opens pages in the real browsers: Chromium and Firefox by Playwright, WebKitGTK by its own WebDriver, spoken to with plain fetch.
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { chromium, firefox } from 'playwright';
import { type BrowserName, browsers } from '../runtimes/browsers.ts';

export interface Page {
  /** Runs an expression in the page, awaits its promise, returns its value by JSON. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface Engine {
  name: BrowserName;
  /** Opens a page and resolves when it is loaded. */
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

/** Waits until a page has a global function, and stays: Vite's server reloads a page when it finds one more dependency to pack. */
export async function settle(page: Page, name: string, stayMillis: number): Promise<void> {
  const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
  for (let tries = 0; tries < 100; tries++) {
    const mark = await page.evaluate(`typeof ${name} === 'function' && (globalThis.settleMark = ${tries + 1})`).catch(() => false);
    await pause(mark ? stayMillis : 100);
    if (mark && (await page.evaluate('globalThis.settleMark').catch(() => 0)) === mark) return;
  }
  throw new Error(`Cannot find ${name} in the page`);
}

/** The browser, started; undefined where it is not installed, or (WebKit) where there is no display. */
export async function startEngine(name: BrowserName): Promise<Engine | undefined> {
  const executablePath = browsers()[name];
  if (!executablePath) return undefined;
  if (name === 'webkit') return process.env['DISPLAY'] ? startWebKit(executablePath) : undefined;
  const browser = await (name === 'chromium'
    ? chromium.launch({ executablePath, args: ['--no-sandbox', '--js-flags=--expose-gc', '--enable-precise-memory-info'] })
    : firefox.launch({ executablePath, channel: 'moz-firefox' }));
  return {
    name,
    async open(url) {
      const page = await browser.newPage();
      // Programs reject promises that nobody awaits.
      page.on('pageerror', (error) => error.name.endsWith('Error') && error.name !== 'Error' && console.error(`${name}: ${error}`));
      await page.goto(url, { waitUntil: 'load' });
      return { evaluate: (expression) => page.evaluate(expression), close: () => page.close() };
    },
    close: () => browser.close(),
  };
}

async function startWebKit(binary: string): Promise<Engine> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const driver: ChildProcess = spawn('/usr/bin/WebKitWebDriver', ['-p', String(port)], { stdio: 'ignore' });
  const call = async (method: string, path: string, body?: unknown, millis = 120_000): Promise<unknown> => {
    const request = { method, headers: { 'content-type': 'application/json' }, body: body === undefined ? null : JSON.stringify(body) };
    const answer = await fetch(base + path, { ...request, signal: AbortSignal.timeout(millis) });
    const { value } = (await answer.json()) as { value: { error?: string; message?: string } | null };
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  for (let tries = 0; ; tries++) {
    try {
      await call('GET', '/status', undefined, 1000);
      break;
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const capabilities = { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } };
  const start = (): Promise<unknown> => call('POST', '/session', { capabilities: { alwaysMatch: capabilities } }, 25_000);
  // The first start on a machine sometimes hangs; a second one then does not.
  const { sessionId } = (await start().catch(start)) as { sessionId: string };
  const session = `/session/${sessionId}`;
  await call('POST', `${session}/timeouts`, { script: 120_000, pageLoad: 30_000 });
  return {
    name: 'webkit',
    async open(url) {
      await call('POST', `${session}/url`, { url });
      const evaluate = async (expression: string): Promise<unknown> => {
        const script = `const done = arguments[0]; Promise.resolve().then(() => (${expression})).then((value) => done(JSON.stringify({ value })), (error) => done(JSON.stringify({ error: String(error) })))`;
        const text = (await call('POST', `${session}/execute/async`, { script, args: [] })) as string;
        const { value, error } = JSON.parse(text) as { value?: unknown; error?: string };
        if (error) throw new Error(error);
        return value;
      };
      return { evaluate, close: async () => {} };
    },
    async close() {
      await call('DELETE', session).catch(() => {});
      driver.kill();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
