/** Counts what holds, says what does not. */
export interface Report {
  check(name: string, isRight: boolean, detail?: string): void;
  say(line: string): void;
  passedCount(): number;
  failedCount(): number;
}

export function createReport(): Report {
  let passed = 0;
  let failed = 0;
  return {
    check(name, isRight, detail = '') {
      if (isRight) passed++;
      else {
        failed++;
        console.log(`  FAILED ${name}${detail && `: ${detail}`}`);
      }
    },
    say: (line) => console.log(line),
    passedCount: () => passed,
    failedCount: () => failed,
  };
}
