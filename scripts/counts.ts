// What each runner prints, as numbers.

export interface Counts {
  passed: number;
  failed: number;
  /** Names of what was not run, each with its reason. */
  skipped: string[];
  /** Names of what failed, each with its reason, where the runner tells them. */
  failures?: string[];
}

const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
const unnamed = (count: number, runner: string): string[] => Array.from({ length: count }, () => `a test of ${runner}, by its own mark`);

/** A command that counts nothing itself is one check. */
export const fromExitCode = (code: number | null): Counts => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] });

export const fromDeno = (output: string): Counts => ({
  passed: number(output, /(\d+) passed/),
  failed: number(output, /(\d+) failed/),
  skipped: unnamed(number(output, /(\d+) ignored/), 'deno'),
});

export const fromBun = (output: string): Counts => ({
  passed: number(output, /^\s*(\d+) pass$/m),
  failed: number(output, /^\s*(\d+) fail$/m),
  skipped: unnamed(number(output, /^\s*(\d+) skip$/m), 'bun'),
});

export const fromNodeTest = (output: string): Counts => ({
  passed: number(output, /^. pass (\d+)$/m),
  failed: number(output, /^. fail (\d+)$/m),
  skipped: unnamed(number(output, /^. skipped (\d+)$/m), 'node --test'),
});

/** The last line of our own campaigns: `N passed, N failed[, N skipped]`. */
export function fromLastLine(output: string): Counts {
  const [, passed = '0', failed = '1', skipped = '0'] = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output) ?? [];
  return { passed: Number(passed), failed: Number(failed), skipped: unnamed(Number(skipped), 'the campaign') };
}
