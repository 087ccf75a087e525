import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { installOnce } from './install.ts';

export const angularFolder: string = join(import.meta.dirname, '../angular');

/** Builds the Angular page with its CLI; resolves to the folder with `index.html`. */
export function buildAngular(): string {
  installOnce(angularFolder);
  const env = { ...process.env, NG_CLI_ANALYTICS: 'false', CI: 'true' };
  execFileSync(process.execPath, [join(angularFolder, 'node_modules/@angular/cli/bin/ng.js'), 'build'], {
    cwd: angularFolder,
    env,
    stdio: 'pipe',
    timeout: 180_000,
  });
  return join(angularFolder, 'dist/browser');
}
