// Runs everything and counts it. `npm test -- runtimes lint` runs the steps whose group is, or whose name contains, a word given.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { browsers } from '../test/runtimes/browsers.ts';
import { installBrowsers } from './browsers.ts';
import { type Counts, fromExitCode } from './counts.ts';
import { type Run, run } from './run.ts';
import { type Step, steps, vitestCountsFile } from './steps.ts';
import type { VitestCounts } from './vitest-counts.ts';

const env = {
  ...process.env,
  NO_COLOR: '1',
  EDGESPAN_VITEST_COUNTS: vitestCountsFile,
  // wrangler: nothing is sent, looked up or written outside this folder.
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_LOG_PATH: `${process.cwd()}/.cache/wrangler`,
  XDG_CONFIG_HOME: `${process.cwd()}/.cache/config`,
};

const words = process.argv.slice(2);
const isChosen = (step: Step): boolean => words.length === 0 || words.some((word) => step.group === word || step.name.includes(word));

/** Counts by runtime where the step knows it, else under the step's own name. */
function countsOf(step: Step, { code, output }: Run): VitestCounts {
  if (step.counts === undefined) return { [step.name]: fromExitCode(code) };
  let byRuntime: VitestCounts = {};
  if (step.counts !== 'vitest') byRuntime = { [step.name]: step.counts(output) };
  else if (existsSync(vitestCountsFile)) byRuntime = JSON.parse(readFileSync(vitestCountsFile, 'utf8')) as VitestCounts;
  const all = Object.values(byRuntime);
  // Neither an exit code nor an empty run may pass for success.
  const hasRun = all.some((counts) => counts.passed + counts.failed > 0);
  const hasFailed = all.some((counts) => counts.failed > 0);
  if (!hasRun || (code !== 0 && !hasFailed)) byRuntime['did not run to its end'] = { passed: 0, failed: 1, skipped: [] };
  return byRuntime;
}

const describe = (byRuntime: VitestCounts): string =>
  Object.entries(byRuntime)
    .map(([name, { passed, failed, skipped }]) => {
      const parts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped.length > 0 && `${skipped.length} skipped`];
      return `${name} ${parts.filter(Boolean).join(' ')}`;
    })
    .join(', ');

const total: Counts = { passed: 0, failed: 0, skipped: [] };
/** Said again at the end: who reads the tail of a long log wants names. */
const failures: string[] = [];
const runtimes: VitestCounts = {};

const needsBrowsers = (step: Step): boolean => step.name === 'contract' || step.group === 'e2e' || step.name === 'compat api 1.10';
if (steps().filter(isChosen).some(needsBrowsers)) installBrowsers();
const chosen = steps().filter(isChosen);
if (chosen.length === 0) throw new Error(`Cannot test as no step is called ${words.join(' or ')}`);

mkdirSync('.cache', { recursive: true });
for (const step of chosen) {
  rmSync(vitestCountsFile, { force: true });
  const outcome = await run(step.command, { cwd: step.cwd ?? '.', env, limitSeconds: step.limitSeconds ?? 300 });
  const byRuntime = countsOf(step, outcome);
  const failed = Object.values(byRuntime).reduce((sum, counts) => sum + counts.failed, 0);
  console.log(`${failed > 0 ? 'FAIL' : 'ok  '} ${step.group} · ${step.name}: ${describe(byRuntime)} (${outcome.seconds.toFixed(1)} s)`);
  if (failed > 0) console.log(outcome.output.trimEnd());
  for (const [name, counts] of Object.entries(byRuntime)) {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped.push(...counts.skipped);
    const unnamed = counts.failed > 0 ? [name] : [];
    for (const failure of counts.failures?.length ? counts.failures : unnamed) failures.push(`${step.name}: ${failure}`);
    if (step.group === 'runtimes') runtimes[name] = counts;
  }
}

if (chosen.some((step) => step.name === 'contract')) {
  console.log(`by runtime: ${describe(runtimes)}`);
  for (const [name, path] of Object.entries(browsers())) {
    const reason = path === undefined ? 'not installed' : name in runtimes ? undefined : 'no display, as xvfb is not installed';
    if (reason === undefined) continue;
    // On a build machine nothing may be left out.
    if (process.env['CI'] === 'true') {
      total.failed++;
      failures.push(`${name}: ${reason}`);
    } else total.skipped.push(`${name}: ${reason}`);
  }
}
for (const reason of total.skipped) console.log(`skipped: ${reason}`);
for (const failure of failures) console.log(`FAILED ${failure}`);
const skipped = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
