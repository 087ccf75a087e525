// Vitest reporter: counts by project (`node`, `workerd`, `chromium`, …), written as JSON to the file that EDGESPAN_VITEST_COUNTS names.
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { Counts } from './counts.ts';

export type VitestCounts = Record<string, Counts>;

function add(counts: Counts, module: TestModule): void {
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') counts.passed++;
    else if (state === 'failed') counts.failed++;
    else counts.skipped.push(`${module.relativeModuleId}: ${test.fullName}`);
  }
  // A file that could not be loaded has no test that failed.
  if (module.errors().length > 0) counts.failed++;
}

export default class VitestCountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const byProject: VitestCounts = {};
    for (const module of modules) {
      byProject[module.project.name] ??= { passed: 0, failed: 0, skipped: [] };
      add(byProject[module.project.name] as Counts, module);
    }
    if (unhandledErrors.length > 0) byProject['unhandled errors'] = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    const file = process.env['EDGESPAN_VITEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(byProject));
  }
}
