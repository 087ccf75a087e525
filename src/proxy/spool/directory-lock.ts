import type { SpoolFileSystem } from './file-system.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** A directory that this process alone uses. */
export interface DirectoryLock {
  /** False once another process has taken it over, as this one gave no sign of life for too long (a machine that slept). */
  isHeld(): boolean;
  /** As `isHeld`; looks at the lock first where this process may have slept for so long that another took it over. Never rejects. */
  confirm(): Promise<boolean>;
  /** Lets the next process in. Never rejects. */
  release(): Promise<void>;
}

/** Whoever holds a directory touches its lock this often. */
const beatMillis = 2_000;
/** A lock that was not touched for so long is nobody's, where the process itself cannot be asked for. */
const staleMillis = 12_000;
const pollMillis = 250;
/** Of two that take over at once, the first sees within this time that it is not alone. */
const settleMillis = 200;

/**
 * Takes a directory for this process, and waits for another to let it go: a restart that begins before the old process has ended. The
 * lock of a process that was killed is taken over: at once where `/proc` says that it is gone, else when it is no longer touched (another
 * container, another system).
 *
 * @param onLost Called once when another process has taken over what this one holds.
 * @throws Error saying what to do where another process still holds it after `waitMillis`.
 */
export async function lockDirectory(
  directory: string,
  fs: SpoolFileSystem,
  waitMillis: number,
  onLost: () => void = () => {},
): Promise<DirectoryLock> {
  await fs.mkdir(directory, { recursive: true });
  const path = `${directory}/lock`;
  const own = await ownIdentity(fs);
  const text = `${JSON.stringify({ id: crypto.randomUUID(), ...own })}\n`;
  let known = '';
  let unchangedMillis = 0;
  let isTakenOver = false;
  for (let waitedMillis = 0; ; ) {
    if (await create(fs, path, text)) {
      if (isTakenOver) await sleep(settleMillis);
      if (!isTakenOver || (await look(fs, path))?.text === text) return hold(fs, path, text, onLost);
    }
    const found = await look(fs, path);
    if (found === undefined) {
      await sleep(1);
      continue;
    }
    const state = `${found.text} ${found.mtimeMs}`;
    unchangedMillis = state === known ? unchangedMillis + pollMillis : 0;
    known = state;
    const holder = parse(found.text);
    const runs = own === undefined || holder === undefined ? undefined : await isRunning(fs, holder, own);
    if (runs === false || (runs === undefined && unchangedMillis >= staleMillis)) {
      isTakenOver = true;
      if ((await look(fs, path))?.text === found.text) await fs.unlink(path).catch(() => {});
      continue;
    }
    if (waitedMillis >= waitMillis) throw new Error(refusal(directory, holder));
    await sleep(pollMillis);
    waitedMillis += pollMillis;
  }
}

function hold(fs: SpoolFileSystem, path: string, text: string, onLost: () => void): DirectoryLock {
  let isHeld = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // By the clock on the wall: others stand still while a machine sleeps.
  let beatAtMillis = Date.now();
  let beating: Promise<void> | undefined;

  async function beat(): Promise<void> {
    const startMillis = Date.now();
    try {
      const found = await look(fs, path);
      // What clears old files away may take it for one. Another that found none meanwhile has made its own.
      const isOurs = found === undefined ? await create(fs, path, text) : found.text === text;
      if (isOurs) await fs.utimes(path, new Date(), new Date());
      else if (isHeld) {
        isHeld = false;
        onLost();
      }
      beatAtMillis = startMillis;
    } catch {
      // A disk that fails for a moment is no reason to let go.
    }
  }
  function beatOnce(): Promise<void> {
    beating ??= beat().finally(() => {
      beating = undefined;
    });
    return beating;
  }
  function arm(): void {
    const again = (): void => {
      if (isHeld) arm();
    };
    timer = setTimeout(() => void beatOnce().then(again), beatMillis);
    // On Node a timer keeps a process alive.
    (timer as { unref?(): void }).unref?.();
  }

  arm();
  return {
    isHeld: () => isHeld,
    async confirm() {
      if (isHeld && Date.now() - beatAtMillis >= staleMillis) await beatOnce();
      return isHeld;
    },
    async release() {
      isHeld = false;
      clearTimeout(timer);
      await beating;
      if ((await look(fs, path).catch(() => undefined))?.text === text) await fs.unlink(path).catch(() => {});
    },
  };
}

/** False where there is a lock already. */
async function create(fs: SpoolFileSystem, path: string, text: string): Promise<boolean> {
  try {
    const file = await fs.open(path, 'wx');
    try {
      await file.appendFile(text);
    } catch (error) {
      // Without its text nobody, not even this process, would know whose it is.
      await fs.unlink(path);
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function look(fs: SpoolFileSystem, path: string): Promise<{ readonly text: string; readonly mtimeMs: number } | undefined> {
  try {
    return { text: new TextDecoder().decode(await fs.readFile(path)), mtimeMs: (await fs.stat(path)).mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined where its process had no `/proc`, or was killed before it was written. */
function parse(text: string): ProcessIdentity | undefined {
  try {
    const holder = JSON.parse(text) as Partial<ProcessIdentity>;
    return holder.place === undefined ? undefined : (holder as ProcessIdentity);
  } catch {
    return undefined;
  }
}

function refusal(directory: string, holder: ProcessIdentity | undefined): string {
  const who = holder === undefined ? 'another' : `process ${holder.pid}`;
  return `Cannot open the spool directory as ${directory} must be used by one process at a time: ${who} holds it. Stop that one first, or give this one a directory of its own.`;
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
