// Finds the real browsers that tests and demo drive. The environment wins; then the places where Debian and the makers put them.
import { existsSync } from 'node:fs';

const first = (...paths: (string | undefined)[]): string | undefined => paths.find((path) => path !== undefined && existsSync(path));

export type BrowserName = 'chromium' | 'firefox' | 'webkit';

/** Path of each browser's executable, undefined where it is absent. Looks at the disk at each call. */
export function browsers(): Record<BrowserName, string | undefined> {
  const { env, platform, arch } = process;
  const libraries = `/usr/lib/${arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  // WebKitGTK stands in for Safari; it is driven through its own WebDriver, which only Linux has.
  const hasWebkitDriver = platform === 'linux' && existsSync('/usr/bin/WebKitWebDriver');
  return {
    chromium: first(
      env['CHROMIUM'],
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/usr/bin/google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      'C:/Program Files/Google/Chrome/Application/chrome.exe',
    ),
    firefox: first(
      env['FIREFOX'],
      '/usr/bin/firefox-esr',
      '/usr/bin/firefox',
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      'C:/Program Files/Mozilla Firefox/firefox.exe',
    ),
    webkit: hasWebkitDriver ? first(env['WEBKIT_MINIBROWSER'], `${libraries}/webkit2gtk-4.1/MiniBrowser`) : undefined,
  };
}
