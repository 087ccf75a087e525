import { AssertionError } from 'node:assert';

/** Counts what was tried, and prints a line for each. */
export interface Tally {
  /** Runs a check; it fails where this throws. */
  check(name: string, run: () => void | Promise<void>): Promise<void>;
  skip(name: string, reason: string): void;
  note(text: string): void;
  /** Prints the last line and returns whether nothing failed. */
  finish(): boolean;
}

export function createTally(): Tally {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  return {
    async check(name, run): Promise<void> {
      try {
        await run();
        passed++;
        console.log(`ok      ${name}`);
      } catch (error) {
        failed++;
        console.log(
          `FAILED  ${name}\n${indent(error instanceof AssertionError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error))}`,
        );
      }
    },
    skip(name, reason): void {
      // in CI what could not run did not pass
      if (process.env['CI'] === 'true') failed++;
      else skipped++;
      console.log(`${process.env['CI'] === 'true' ? 'FAILED' : 'skipped'} ${name}: ${reason}`);
    },
    note(text): void {
      console.log(`        ${text}`);
    },
    finish(): boolean {
      if (skipped) console.log(`${skipped} skipped`);
      console.log(`${passed} passed, ${failed} failed`);
      return failed === 0;
    },
  };
}

function indent(text: string): string {
  return text
    .split('\n')
    .slice(0, 30)
    .map((line) => `        ${line}`)
    .join('\n');
}
