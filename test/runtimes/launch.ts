// Starts a browser under Playwright. The first start on a machine sometimes hangs, the second does not.
import { type Browser, chromium, firefox } from 'playwright';
import { browsers } from './browsers.ts';

const startMillis = 45_000;

/** Starts it, if need be twice. Rejects where it is not installed, or does not come up the second time either. */
export async function launch(name: 'chromium' | 'firefox'): Promise<Browser> {
  const executablePath = browsers()[name];
  if (executablePath === undefined) throw new Error(`Cannot open a page as ${name} is not installed`);
  const start = (): Promise<Browser> =>
    name === 'chromium'
      ? chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: startMillis })
      : firefox.launch({ executablePath, channel: 'moz-firefox', timeout: startMillis });
  return start().catch(start);
}
