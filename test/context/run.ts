// npm run test:context [-- --table] [--docs] [--programs 10000] [--seed 1] [--engines chromium,firefox,webkit]
// Everything about the active context and `await`: programs, checks in real browsers, bundlers, frameworks, memory.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { BrowserName } from '../runtimes/browsers.ts';
import { buildApp, type Variant, variants } from './build-app.ts';
import { buildAngular } from './campaign/angular.ts';
import { runHotReplacement } from './campaign/hot.ts';
import { installOnce } from './campaign/install.ts';
import { runLower } from './campaign/lower.ts';
import { buildLateChunks, runFrameworkPage, runLateChunks } from './campaign/pages.ts';
import { buildProgramsPage, runProgramsInBrowser, runProgramsInNode } from './campaign/programs.ts';
import { buildRegistered, runRegistered } from './campaign/register.ts';
import { createReport } from './campaign/report.ts';
import { type Column, tableOf } from './campaign/table.ts';
import { type Engine, type Page, settle, startEngine } from './engines.ts';
import type { CheckResult } from './frameworks/app/main.ts';
import { serveFolders } from './serve.ts';
import { checkAppConfig, frameworkConfig, frameworks, frameworksFolder, viteBuild, viteServe } from './vite-app.ts';

// WebKitGTK needs a display.
if (process.env['DISPLAY'] === undefined && existsSync('/usr/bin/xvfb-run')) {
  const { status } = spawnSync('xvfb-run', ['-a', process.execPath, ...process.argv.slice(1)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

const { values } = parseArgs({
  options: {
    table: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    programs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    engines: { type: 'string', default: 'chromium,firefox,webkit' },
  },
});
const report = createReport();

installOnce(frameworksFolder);

await runProgramsInNode(report, Number(values.seed), Number(values.programs));

const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', join(import.meta.dirname, 'campaign/memory.ts')]);
const memory = JSON.parse(stdout) as { callCount: number; retained: number; retainedByControl: number };
report.say(`Memory: ${memory.retained} of ${memory.callCount} calls retained; by the control that keeps them ${memory.retainedByControl}`);
report.check('memory', memory.retained < 10 && memory.retainedByControl === memory.callCount);

await runLower(report);

const work = await mkdtemp(join(tmpdir(), 'edgespan-context-'));
const folders: Record<string, string> = {};
const folder = (name: string): string => {
  folders[name] ??= join(work, name);
  return folders[name];
};
const nameOf = (variant: Variant): string => variant.replaceAll(' ', '-');
for (const variant of variants) await buildApp(variant, folder(nameOf(variant)));
await buildApp('save-restore', folder('minified'), true);
await buildLateChunks(folder('late'));
await buildRegistered(folder('registered'));
await buildProgramsPage(folder('programs'));
const app = await checkAppConfig(join(work, 'cache/app'));
await viteBuild(app, folder('vite'));
const servers = { app: await viteServe(app) } as Record<string, Awaited<ReturnType<typeof viteServe>>>;
for (const framework of frameworks) {
  await viteBuild(await frameworkConfig(framework, join(work, 'cache', framework)), folder(framework));
  servers[framework] = await viteServe(await frameworkConfig(framework, join(work, 'cache', framework)));
}
try {
  folders['angular'] = buildAngular();
} catch (error) {
  report.check('Angular builds', false, String(error));
}
const { url, server } = await serveFolders(folders);
const columns: Column[] = [];

async function checksOf(engine: Engine, address: string, stayMillis = 0, look?: (page: Page) => Promise<void>): Promise<CheckResult[]> {
  const page = await engine.open(address);
  await settle(page, 'runChecks', stayMillis);
  await look?.(page);
  const results = (await page.evaluate('runChecks()')) as CheckResult[];
  await page.close();
  return results;
}

for (const name of values.engines.split(',') as BrowserName[]) {
  const engine = await startEngine(name).catch((error) => report.say(`${name} does not start: ${error}`) as undefined);
  if (!engine) {
    report.say(
      `Skipped ${name}: not installed${name === 'webkit' && !process.env['DISPLAY'] ? ', or no display (xvfb-run -a npm run test:context)' : ''}`,
    );
    continue;
  }
  try {
    for (const variant of variants) {
      const results = await checksOf(engine, `${url}/${nameOf(variant)}/`, 0, async (page) => {
        const isLowered = (await page.evaluate('isAsyncNative()')) === false;
        report.check(`${name}, ${variant}: whether async is native is seen`, isLowered === (variant === 'zone lowered'));
      });
      columns.push({ engine: name, variant, results });
    }
    const carried = columns.find((column) => column.engine === name && column.variant === 'save-restore')?.results ?? [];
    for (const { name: check, outcome, detail } of carried) report.check(`${name}: ${check}`, outcome !== 'lost', detail);
    const missing = carried.filter(({ outcome }) => outcome === 'n/a').length;
    report.check(`${name}: at most 5 checks n/a of 80 or more`, missing <= 5 && carried.length >= 80, `${missing} of ${carried.length}`);
    // What is lowered for old engines is a build of its own.
    const shape = (results: CheckResult[]): string =>
      results.flatMap(({ name: check, outcome }) => (check.endsWith(', lowered') ? [] : [`${check}: ${outcome}`])).join('\n');
    const others = { 'esbuild, minified': `${url}/minified/`, 'Vite build': `${url}/vite/`, 'Vite dev server': servers['app']?.url ?? '' };
    for (const [kind, address] of Object.entries(others)) {
      const same = shape(await checksOf(engine, address, kind === 'Vite dev server' ? 1500 : 0)) === shape(carried);
      report.check(`${name}: ${kind} gives what esbuild gives`, same);
    }
    for (const framework of frameworks) {
      await runFrameworkPage(report, engine, framework, 'build', `${url}/${framework}/`);
      await runFrameworkPage(report, engine, framework, 'dev server', servers[framework]?.url ?? '');
    }
    await runFrameworkPage(report, engine, 'angular', 'build', `${url}/angular/`);
    await runHotReplacement(report, engine, join(work, `hot-${name}`));
    await runLateChunks(report, engine, url);
    await runRegistered(report, engine, `${url}/registered/`);
    await runProgramsInBrowser(report, engine, url);
  } catch (error) {
    report.check(name, false, String(error));
  } finally {
    await engine.close();
  }
}
server.close();
for (const { server: vite } of Object.values(servers)) await vite.close();
await rm(work, { recursive: true, force: true });

if (values.table) report.say(`\n${tableOf(columns)}\n`);
if (values.docs) {
  const file = join(import.meta.dirname, '../../docs/await.md');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace(/(<!-- table -->\n)[\s\S]*(\n<!-- \/table -->)/, (_all, start, end) => `${start}${tableOf(columns)}${end}`),
  );
}
for (const { engine, variant, results } of columns) {
  const count = (kind: string): number => results.filter(({ outcome }) => outcome === kind).length;
  report.say(`${engine.padEnd(8)} ${variant.padEnd(20)} ${count('ok')} hold, ${count('lost')} lost, ${count('n/a')} n/a`);
}
report.say(`${report.passedCount()} passed, ${report.failedCount()} failed`);
process.exit(report.failedCount() ? 1 : 0);
