import { createKeySet } from '../key-set.ts';
import type { SpoolFile, SpoolFileSystem } from './file-system.ts';

/** Keys that outlive the process, for 25 hours: batches that were taken (`client.seq`) and that were handed on (`>client.seq`). */
export interface DirectoryIndex {
  /** Also true for a key that is not on the disk yet, or could not be written. */
  has(key: string): boolean;
  /** Resolves when the key is on the disk. Rejects where the disk fails: then this process alone knows it; and once closed. */
  add(key: string): Promise<void>;
  /** Waits for what is being written; opens no file afterwards. Never rejects. */
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
  let isClosed = false;

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
    await closeFile();
    const name = `${hour}`.padStart(8, '0');
    for (const old of (await fs.readdir(directory)).filter((one) => /^\d+\.index$/.test(one))) {
      if (Number.parseInt(old, 10) < hour - keepHours) await fs.unlink(`${directory}/${old}`);
    }
    const handle = await fs.open(`${directory}/${name}.index`, 'a');
    file = { hour, handle };
    // Ends what a kill or a full disk may have cut off, so that the half of one key is not another.
    await handle.appendFile('…\n');
    return handle;
  }

  async function closeFile(): Promise<void> {
    const handle = file?.handle;
    file = undefined;
    await handle?.close();
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
      } catch (caught) {
        error = caught ?? new Error('write failed');
        // It may end in half a line: the next one begins with a file that is opened anew.
        await closeFile().catch(() => {});
      }
      for (const { done } of batch) done(error);
    }
    writing = undefined;
  }

  return {
    has: (key) => keys.has(key),
    add: (key) =>
      new Promise((resolve, reject) => {
        keys.add(key);
        if (isClosed) return reject(new Error('The index is closed'));
        waiting.push({ key, done: (error) => (error === undefined ? resolve() : reject(error)) });
        writing ??= write();
      }),
    async close() {
      isClosed = true;
      await writing;
      // What was said to be on the disk is there; whoever closes goes on to let the directory go.
      await closeFile().catch(() => {});
    },
  };
}
