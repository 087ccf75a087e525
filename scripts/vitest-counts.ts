// Vitest reporter: counts by project (`node`, `workerd`, `chromium`, …), written as JSON to the file that EDGESPAN_VITEST_COUNTS names.
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { Counts } from './counts.ts';

export type VitestCounts = Record<string, Counts>;

type VitestCounted = Counts & { failures: string[] };

const because = (errors: readonly SerializedError[] = []): string => errors[0]?.message?.split('\n')[0] ?? 'no reason given';

function fail(counts: VitestCounted, name: string, errors?: readonly SerializedError[]): void {
  counts.failed++;
  counts.failures.push(`${name}: ${because(errors)}`);
}

function add(counts: VitestCounted, module: TestModule): void {
  for (const test of module.children.allTests()) {
    const { state, errors } = test.result();
    const name = `${module.relativeModuleId}: ${test.fullName}`;
    if (state === 'passed') counts.passed++;
    else if (state === 'failed') fail(counts, name, errors);
    else counts.skipped.push(name);
  }
  // A file that could not be loaded has no test that failed; nor has one whose hooks failed.
  const errors = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
  if (errors.length > 0) fail(counts, module.relativeModuleId, errors);
}

export default class VitestCountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const byProject: Record<string, VitestCounted> = {};
    const countsOf = (name: string): VitestCounted => {
      byProject[name] ??= { passed: 0, failed: 0, skipped: [], failures: [] };
      return byProject[name];
    };
    for (const module of modules) add(countsOf(module.project.name), module);
    for (const error of unhandledErrors) fail(countsOf('unhandled errors'), 'unhandled', [error]);
    const file = process.env['EDGESPAN_VITEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(byProject));
  }
}
