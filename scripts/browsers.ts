// Installs the browsers that tests and demo drive where that needs no question: on Debian, as root. Elsewhere it prints the one command.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { browsers } from '../test/runtimes/browsers.ts';

// What WebKit needs beside itself: its driver brings the browser with it, xvfb the display without which it hangs.
const isAbsent: Record<string, () => boolean> = {
  chromium: () => browsers().chromium === undefined,
  'firefox-esr': () => browsers().firefox === undefined,
  'webkit2gtk-driver': () => browsers().webkit === undefined,
  xvfb: () => !existsSync('/usr/bin/xvfb-run'),
  xauth: () => !existsSync('/usr/bin/xauth'),
};

/** Installs what is absent and may be installed; a failure is printed, never thrown. `wanted` are names of Debian packages. */
export function installBrowsers(wanted: string[] = Object.keys(isAbsent)): void {
  if (process.platform !== 'linux') return;
  const absent = wanted.filter((name) => isAbsent[name]?.());
  if (absent.length === 0) return;
  const install = ['install', '--no-install-recommends', '-y', ...absent];
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.log(`absent: ${absent.join(', ')}. On Debian: sudo apt-get ${install.join(' ')}`);
    return;
  }
  const apt = (...args: string[]): void => {
    execFileSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: 900_000,
    });
  };
  console.log(`installing ${absent.join(', ')}`);
  try {
    apt('update');
    apt(...install);
  } catch (error) {
    console.log(`could not install: ${String(error)}`);
  }
}
