// Vitest browser provider: WebKitGTK's MiniBrowser through WebKitWebDriver, spoken to with plain fetch. Needs a display: run Vitest under xvfb-run.
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node';

const answerLimitMillis = 20_000;

// What Vitest's page calls on every provider and answers with "unknown command" if nobody took it. WebKitGTK needs none of them.
const noOpCommands = [
  'viewport',
  'cleanup',
  'markTrace',
  'annotateTraces',
  'startTracing',
  'stopChunkTrace',
  'startChunkTrace',
  'deleteTracing',
  'groupTraceStart',
  'groupTraceEnd',
];

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

interface Driver {
  process: ChildProcess;
  url: string;
}

async function call(driver: Driver, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(driver.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(answerLimitMillis),
  }).catch((cause: unknown) => {
    throw new Error(`WebKitWebDriver did not answer ${method} ${path}`, { cause });
  });
  const { value } = (await response.json()) as { value: { error?: string; message?: string } | null };
  if (value?.error) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

async function startDriver(): Promise<Driver> {
  const port = await freePort();
  const driver = {
    process: spawn('/usr/bin/WebKitWebDriver', ['-p', String(port)], { stdio: 'ignore' }),
    url: `http://127.0.0.1:${port}`,
  };
  for (let tries = 0; ; tries++) {
    try {
      await call(driver, 'GET', '/status');
      return driver;
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(100);
    }
  }
}

class WebKitProvider implements BrowserProvider {
  readonly name = 'webkitgtk';
  readonly supportsParallelism = false;
  readonly #executable: string;
  #driver: Driver | undefined;
  #session: Promise<string> | undefined;

  constructor(project: TestProject, executable: string) {
    this.#executable = executable;
    const register = project.browser?.registerCommand.bind(project.browser) as (name: string, command: () => Promise<void>) => void;
    for (const command of noOpCommands) register(`__vitest_${command}`, async () => {});
  }

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    // The first start on a machine sometimes hangs; the second does not.
    this.#session ??= this.#open().catch(() => {
      this.#driver?.process.kill();
      return this.#open();
    });
    const session = await this.#session;
    if (this.#driver) await call(this.#driver, 'POST', `/session/${session}/url`, { url });
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    if (session && this.#driver) await call(this.#driver, 'DELETE', `/session/${session}`).catch(() => {});
    this.#session = undefined;
    this.#driver?.process.kill();
  }

  async #open(): Promise<string> {
    this.#driver = await startDriver();
    // 'none': Vitest's page itself says when it is ready, so nothing is gained by waiting for the load here.
    const capabilities = {
      pageLoadStrategy: 'none',
      'webkitgtk:browserOptions': { binary: this.#executable, args: ['--automation'] },
    };
    const opened = await call(this.#driver, 'POST', '/session', { capabilities: { alwaysMatch: capabilities } });
    return (opened as { sessionId: string }).sessionId;
  }
}

/** The provider for `test.browser.provider`; `executable` is the path of MiniBrowser. */
export const webkitgtk = (executable: string): BrowserProviderOption =>
  defineBrowserProvider({
    name: 'webkitgtk',
    supportedBrowser: ['webkit'],
    options: {},
    providerFactory: (project) => new WebKitProvider(project, executable),
  });
