import type { Shell } from '../../../src/cli/shell.ts';

/** A shell that keeps what was written; `stop` is its Ctrl+C. */
export function keptShell(
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Shell & { lines: string[]; errors: string[]; stop(): void; printed(start: string): Promise<string> } {
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const lines: string[] = [];
  const errors: string[] = [];
  return {
    env,
    cwd,
    lines,
    errors,
    stop,
    fetch: globalThis.fetch,
    print: (line) => {
      lines.push(line);
    },
    printError: (line) => {
      errors.push(line);
    },
    stopped: () => stopped,
    async printed(start) {
      for (;;) {
        const line = lines.find((one) => one.startsWith(start));
        if (line !== undefined) return line.slice(start.length).trim();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
