import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReceiverFinding } from './ask-receiver.ts';
import { findPackages } from './find-packages.ts';

/** What a build leaves of `async` functions; undefined where nothing says. */
async function targets(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await names(folder)) {
    if (!/^(tsconfig.*\.json|(vite|esbuild|webpack|rollup|rolldown)\.config\.[cm]?[jt]s)$/.test(name)) continue;
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    for (const [, target] of text.matchAll(/["']?(?:build)?target["']?\s*:\s*["'](es\w+)["']/gi)) found.push(target!.toLowerCase());
  }
  return found;
}

async function usesPlugin(folder: string): Promise<boolean> {
  for (const name of await names(folder)) {
    if (!/^(vite|esbuild|rollup|rolldown|build)[\w.-]*\.[cm]?[jt]s$/.test(name)) continue;
    if (/edgespan\/(vite|esbuild)/.test(await readFile(join(folder, name), 'utf8').catch(() => ''))) return true;
  }
  return false;
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/**
 * Whether spans survive `await` in the pages of a project: Zone.js cannot see native `await`, so the build has to lower it, or our plugin
 * carries the span. Undefined where neither is used. Never throws.
 */
export async function checkZone(folder: string): Promise<ReceiverFinding | undefined> {
  const zones = await findPackages('zone.js', folder);
  if (await usesPlugin(folder)) return { ok: true, text: 'await in pages: the build plugin carries the active span' };
  if (zones.length === 0) return undefined;
  const native = (await targets(folder)).filter((target) => target === 'esnext' || Number(target.slice(2)) >= 2017);
  if (native.length === 0)
    return { ok: true, text: `await in pages: Zone.js ${zones[0]!.version}, and no build target here that keeps it native` };
  return {
    ok: false,
    text: `await in pages: Zone.js ${zones[0]!.version} does not see native await, which a build target of ${native[0]} keeps`,
    fix: 'build for es2016, or put asyncContext() of edgespan/vite or edgespan/esbuild into the build instead of Zone.js',
  };
}
