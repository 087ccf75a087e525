import { join } from 'node:path';
import { build } from 'esbuild';
import { transformAsync } from '../../../src/transform/transform-async.ts';
import { type Engine, settle } from '../engines.ts';
import { checkPrograms } from '../equivalence/check-programs.ts';
import { programs } from '../equivalence/programs.ts';
import type { Report } from './report.ts';

/** The written programs, and as many random ones as asked for, in Node. */
export async function runProgramsInNode(report: Report, seed: number, count: number): Promise<void> {
  const written = await checkPrograms({});
  report.say(`Programs, written: ${written.count}, ${written.failures.length} differ`);
  report.check('written programs', written.failures.length === 0 && written.invalidCount === 0, written.failures.slice(0, 5).join('\n'));
  const half = Math.ceil(count / 2);
  const answers = await Promise.all([checkPrograms({ seed, count: half }), checkPrograms({ seed: seed + half, count: count - half })]);
  const failures = answers.flatMap((answer) => answer.failures);
  const invalid = answers.reduce((sum, answer) => sum + answer.invalidCount, 0);
  report.say(`Programs, random: ${count} from seed ${seed}, ${failures.length} differ, ${invalid} were no programs`);
  report.check('random programs', failures.length === 0 && invalid < count / 50, failures.slice(0, 5).join('\n'));
}

/** The written programs in a browser. */
export async function runProgramsInBrowser(report: Report, engine: Engine, url: string): Promise<void> {
  const page = await engine.open(`${url}/programs/`);
  await settle(page, 'runPrograms', 0);
  const { count, invalidCount, failures } = (await page.evaluate('runPrograms()')) as {
    count: number;
    invalidCount: number;
    failures: string[];
  };
  await page.close();
  report.say(
    `Programs in ${engine.name}: ${count}, ${failures.length} differ${invalidCount ? `, ${invalidCount} in a syntax that it lacks` : ''}`,
  );
  report.check(`programs in ${engine.name}`, failures.length === 0 && count - invalidCount >= 1200, failures.slice(0, 5).join('\n'));
}

/** Writes the page that runs them. */
export async function buildProgramsPage(outdir: string): Promise<void> {
  const pairs = programs().map(({ name, code }) => ({ name, code, transformed: transformAsync(code)?.code }));
  const contents = `
    import { compareProgram } from './compare-program.ts';
    import { createTraceHost } from './node-host.ts';
    const pairs = ${JSON.stringify(pairs)};
    addEventListener('unhandledrejection', (event) => event.preventDefault());
    globalThis.runPrograms = async () => {
      const host = createTraceHost(), answer = { count: 0, invalidCount: 0, failures: [] };
      for (const { name, code, transformed } of pairs) {
        answer.count++;
        const { differences, isInvalid } = await compareProgram({ name, code }, transformed, host);
        if (isInvalid) answer.invalidCount++;
        answer.failures.push(...differences.map((difference) => name + ': ' + difference));
      }
      return answer;
    };`;
  await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '../equivalence'), loader: 'ts' },
    bundle: true,
    format: 'esm',
    outfile: join(outdir, 'programs.js'),
    logLevel: 'error',
  });
  await (await import('node:fs/promises')).writeFile(
    join(outdir, 'index.html'),
    '<!doctype html><script type="module" src="./programs.js"></script>',
  );
}
