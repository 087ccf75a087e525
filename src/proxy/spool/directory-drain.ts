export interface DrainOptions {
  /** The next file, none of those that are busy; undefined where there is none. */
  readonly next: (isBusy: (name: string) => boolean) => string | undefined;
  /** Undefined where the file is gone, else what waits, and how long. Told the names that it was told by `next`. */
  readonly handOn: (name: string) => Promise<DrainPause | undefined>;
  /** Full jitter. */
  readonly random: () => number;
}

/** How long to wait at least: all, or this file alone. */
export interface DrainPause {
  readonly afterMillis: number;
  readonly isAlone?: boolean | undefined;
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
  const aside = new Map<string, ReturnType<typeof setTimeout>>();
  const isBusy = (name: string): boolean => underWay.has(name) || aside.has(name);
  let failures = 0;
  let restMillis: number | undefined;
  let isClosed = false;
  let wake = (): void => {};
  let endPause = (): void => {};

  async function work(name: string): Promise<void> {
    underWay.add(name);
    const rest = await handOn(name).catch(() => ({ afterMillis: 0 }) as DrainPause);
    underWay.delete(name);
    if (rest === undefined) failures = 0;
    else if (rest.isAlone) putAside(name, rest.afterMillis);
    else {
      // Of those that fail together the first counts.
      if (restMillis === undefined) failures++;
      const jitter = random() * Math.min(longestPauseMillis, firstPauseMillis * 2 ** Math.min(Math.max(0, failures - 1), 10));
      restMillis = Math.max(restMillis ?? 0, jitter, Math.min(rest.afterMillis, longestPauseMillis));
    }
    wake();
  }

  function putAside(name: string, millis: number): void {
    const end = (): void => {
      aside.delete(name);
      wake();
    };
    if (!isClosed) aside.set(name, setTimeout(end, millis));
  }

  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  return {
    async run() {
      while (!isClosed) {
        const mostAtOnce = failures > 0 ? 1 : concurrency;
        const name = restMillis === undefined && underWay.size < mostAtOnce ? next(isBusy) : undefined;
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
      for (const timer of aside.values()) clearTimeout(timer);
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
