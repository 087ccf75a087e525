/** Counts what holds, says what does not. */
export interface Report {
  check(name: string, isRight: boolean, detail?: string): void;
  /** Prints `N passed, N failed` and sets the exit code. */
  end(): void;
}

export function createReport(): Report {
  let passed = 0;
  let failed = 0;
  return {
    check(name, isRight, detail = '') {
      if (isRight) passed++;
      else failed++;
      console.log(`${isRight ? 'ok    ' : 'FAILED'} ${name}${detail && `: ${detail}`}`);
    },
    end() {
      console.log(`${passed} passed, ${failed} failed`);
      process.exitCode = failed > 0 ? 1 : 0;
    },
  };
}
