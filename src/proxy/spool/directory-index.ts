import { createKeySet } from '../key-set.ts';
import type { SpoolFile, SpoolFileSystem } from './file-system.ts';

/** Keys that outlive the process, for 25 hours: batches that were taken (`client.seq`) and that were handed on (`>client.seq`). */
export interface DirectoryIndex {
  has(key: string): boolean;
  /** Resolves when the key is on the disk. Rejects where the disk fails. */
  add(key: string): Promise<void>;
  close(): Promise<void>;
}

export interface DirectoryIndexOptions {
  readonly directory: string;
  readonly fs: SpoolFileSystem;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Memory for keys: taken as needed, about 11 bytes each. */
  readonly maxBytes: number;
  /** Told how many keys were forgotten before their time, as there were too many. */
  readonly onForget: (keyCount: number) => void;
}

/** A client gives a batch up after 24 hours. */
const keepHours = 25;
const hourMillis = 3_600_000;

/** Opens the index in a directory: one file of lines per hour, the newest 25 are read. */
export async function openDirectoryIndex({ directory, fs, now, maxBytes, onForget }: DirectoryIndexOptions): Promise<DirectoryIndex> {
  await fs.mkdir(directory, { recursive: true });
  const keys = createKeySet({ keepMillis: keepHours * hourMillis, sliceMillis: hourMillis, maxBytes, now, onForget });
  const hourOf = (millis: number): number => Math.floor(millis / hourMillis);
  let file: { readonly hour: number; readonly handle: SpoolFile } | undefined;
  let waiting: { readonly key: string; readonly done: (error?: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;

  const names = (await fs.readdir(directory)).filter((name) => /^\d+\.index$/.test(name)).sort();
  for (const name of names) {
    const path = `${directory}/${name}`;
    const hour = Number.parseInt(name, 10);
    if (hour < hourOf(now()) - keepHours) await fs.unlink(path);
    // A line that a kill cut off has no end and is no key.
    else keys.addLines(await fs.readFile(path), hour * hourMillis);
  }

  async function openFile(): Promise<SpoolFile> {
    const hour = hourOf(now());
    if (file?.hour === hour) return file.handle;
    await file?.handle.close();
    file = undefined;
    const name = `${hour}`.padStart(8, '0');
    for (const old of (await fs.readdir(directory)).filter((one) => /^\d+\.index$/.test(one))) {
      if (Number.parseInt(old, 10) < hour - keepHours) await fs.unlink(`${directory}/${old}`);
    }
    const handle = await fs.open(`${directory}/${name}.index`, 'a');
    // Ends what a kill may have cut off, so that the half of one key is not another.
    await handle.appendFile('…\n');
    file = { hour, handle };
    return handle;
  }

  /** Everything that waits goes to the disk together. */
  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      let error: unknown;
      try {
        const handle = await openFile();
        await handle.appendFile(batch.map(({ key }) => `${key}\n`).join(''));
        await handle.datasync();
        for (const { key } of batch) keys.add(key);
      } catch (caught) {
        error = caught ?? new Error('write failed');
      }
      for (const { done } of batch) done(error);
    }
    writing = undefined;
  }

  return {
    has: (key) => keys.has(key),
    add: (key) =>
      new Promise((resolve, reject) => {
        waiting.push({ key, done: (error) => (error === undefined ? resolve() : reject(error)) });
        writing ??= write();
      }),
    async close() {
      await writing;
      await file?.handle.close();
      file = undefined;
    },
  };
}
