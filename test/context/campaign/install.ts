import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Installs what only this campaign needs, once. A release whose packages for other platforms cannot all be had leaves a lock that
 * `npm ci` refuses; `npm install` takes what is there, at the locked versions.
 */
export function installOnce(folder: string): void {
  if (existsSync(join(folder, 'node_modules'))) return;
  console.log(`Installing what only this campaign needs: ${folder}`);
  for (const how of ['ci', 'install']) {
    const { status } = spawnSync('npm', [how, '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'ignore'],
      timeout: 600_000,
    });
    if (status === 0) return;
  }
  throw new Error(`Cannot install ${folder}: run npm install there`);
}
