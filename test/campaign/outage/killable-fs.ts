import type * as NodeFs from 'node:fs/promises';
import type { SpoolFileSystem } from '../../../src/entries/proxy.ts';
import type { Instants } from './instants.ts';

/** The real file system, each call of which is a step; but not those for the lock. */
export function killableFs(fs: typeof NodeFs, { step, end }: Instants): SpoolFileSystem {
  return {
    mkdir: (path, options) => fs.mkdir(path, options),
    readdir: (path) => fs.readdir(path),
    readFile: (path) => (path.endsWith('.batch') ? step('read', () => fs.readFile(path)) : fs.readFile(path)),
    writeFile: (path, bytes, options) => step('write', () => fs.writeFile(path, bytes, options)),
    rename: (from, to) => step('rename', () => fs.rename(from, to)),
    unlink: (path) => fs.unlink(path),
    stat: (path) => fs.stat(path),
    utimes: (path, accessed, modified) => fs.utimes(path, accessed, modified),
    async open(path, flags) {
      const handle = await fs.open(path, flags);
      if (flags === 'wx') return handle;
      let written = '';
      return {
        appendFile(bytes) {
          written = bytes;
          return step('index', () => handle.appendFile(bytes));
        },
        async datasync() {
          const keys = written;
          await handle.datasync();
          for (const key of keys.split('\n')) end(key.replace(/^>/, ''));
        },
        sync: () => step('sync', () => handle.sync()),
        close: () => handle.close(),
      };
    },
  };
}
