// A folder that uses the built package as an application does: its own manifest, `edgespan` from dist, all else from the repository.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Makes `.cache/users/<name>` with these files and returns its absolute path. Throws where dist is not built. */
export function createUserFolder(name: string, files: Record<string, string>): string {
  const folder = resolve('.cache/users', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(resolve('dist'), join(folder, 'node_modules/edgespan'), 'junction');
  const manifest = JSON.stringify({ name: `user-${name}`, private: true, type: 'module' });
  for (const [file, text] of Object.entries({ 'package.json': manifest, ...files })) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

/** What can be imported at workerd's module scope, and by any bundler for it. */
export const workerdDoors: string[] = ['', '/browser', '/workers', '/gzip', '/otel-sdk', '/proxy', '/proxy/worker', '/viewer'];
