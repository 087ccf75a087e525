import process from 'node:process';

/** What a command needs of the shell it runs in. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly fetch: typeof globalThis.fetch;
  /** Writes a line of what was asked for. */
  print(line: string): void;
  /** Writes a line of what went wrong. */
  printError(line: string): void;
  /** Resolves when SIGINT or SIGTERM comes. */
  stopped(): Promise<void>;
}

/** This process. */
export function processShell(): Shell {
  return {
    env: process.env,
    cwd: process.cwd(),
    fetch: globalThis.fetch.bind(globalThis),
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    stopped: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      }),
  };
}
