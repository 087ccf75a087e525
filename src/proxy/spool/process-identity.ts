import type { SpoolFileSystem } from './file-system.ts';

/** Names a process so that another one on the same machine can see whether it still runs. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in ticks since the machine did: numbers of processes are used again. */
  readonly start: string;
  /** The machine's boot and the container's first process: who has another place sees other processes. */
  readonly place: string;
}

/** Who this process is, by what Linux says in `/proc`; undefined where there is none or it may not be read. Never rejects. */
export async function ownIdentity(fs: SpoolFileSystem): Promise<ProcessIdentity | undefined> {
  try {
    const [own, first, boot] = [await readStat(fs, 'self'), await readStat(fs, '1'), await readText(fs, 'sys/kernel/random/boot_id')];
    return { pid: own.pid, start: own.start, place: `${boot.trim()} ${first.start}` };
  } catch {
    return undefined;
  }
}

/** Whether a process runs; undefined where that cannot be seen from here. Never rejects. */
export async function isRunning(fs: SpoolFileSystem, other: ProcessIdentity, own: ProcessIdentity): Promise<boolean | undefined> {
  if (other.place !== own.place) return undefined;
  try {
    const { start, state } = await readStat(fs, `${other.pid}`);
    return start === other.start && !/[ZXx]/.test(state);
  } catch {
    return false;
  }
}

/** @see proc_pid_stat(5): `pid (name) state … starttime`, and a name may hold anything. */
async function readStat(fs: SpoolFileSystem, process: string): Promise<{ pid: number; state: string; start: string }> {
  const text = await readText(fs, `${process}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid: Number.parseInt(text, 10), state: fields[0] ?? '', start: fields[19] ?? '' };
}

async function readText(fs: SpoolFileSystem, path: string): Promise<string> {
  return new TextDecoder().decode(await fs.readFile(`/proc/${path}`));
}
