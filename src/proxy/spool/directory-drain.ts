export interface DrainOptions {
  /** The next file, none of those that are under way; undefined where there is none. */
  readonly next: (underWay: ReadonlySet<string>) => string | undefined;
  /** Undefined where the file is gone, else how long to wait at least. Told the names that it was told by `next`. */
  readonly handOn: (name: string) => Promise<number | undefined>;
  /** Full jitter. */
  readonly random: () => number;
}

/** Hands files on, a few at once, one while that fails. */
export interface Drain {
  /** Runs until it is closed and nothing is under way. */
  run(): Promise<void>;
  /** There is something new. */
  wake(): void;
  close(): void;
}

/** Files handed on at once. A process that is killed meanwhile hands so many on twice. */
const concurrency = 4;
const firstPauseMillis = 1_000;
const longestPauseMillis = 60_000;

export function createDrain({ next, handOn, random }: DrainOptions): Drain {
  const underWay = new Set<string>();
  let failures = 0;
  let restMillis: number | undefined;
  let isClosed = false;
  let wake = (): void => {};
  let endPause = (): void => {};

  async function work(name: string): Promise<void> {
    underWay.add(name);
    const afterMillis = await handOn(name).catch(() => 0);
    underWay.delete(name);
    if (afterMillis === undefined) failures = 0;
    else {
      // Of those that fail together the first counts.
      if (restMillis === undefined) failures++;
      const jitter = random() * Math.min(longestPauseMillis, firstPauseMillis * 2 ** Math.min(Math.max(0, failures - 1), 10));
      restMillis = Math.max(restMillis ?? 0, jitter, Math.min(afterMillis, longestPauseMillis));
    }
    wake();
  }

  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  return {
    async run() {
      while (!isClosed) {
        const mostAtOnce = failures > 0 ? 1 : concurrency;
        const name = restMillis === undefined && underWay.size < mostAtOnce ? next(underWay) : undefined;
        if (name !== undefined) void work(name);
        else if (restMillis === undefined || underWay.size > 0) await woken();
        else {
          const millis = restMillis;
          restMillis = undefined;
          await pause(millis, (stop) => {
            endPause = stop;
          });
        }
      }
      while (underWay.size > 0) await woken();
    },
    wake: () => wake(),
    close() {
      isClosed = true;
      endPause();
      wake();
    },
  };
}

function pause(millis: number, onStart: (stop: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    onStart(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
