import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A copy of a package in some `node_modules`. */
export interface PackageCopy {
  readonly path: string;
  readonly version: string;
}

/** Folders looked into before the search ends. */
const maxFolders = 50_000;

/**
 * Every copy of a package in the `node_modules` of a folder and of those above it, nested ones and pnpm's store too. Each real folder
 * once. Never throws: what cannot be read is passed over.
 */
export async function findPackages(name: string, from: string): Promise<PackageCopy[]> {
  const copies = new Map<string, PackageCopy>();
  const open: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    open.push(join(folder, 'node_modules'));
    if (folder === dirname(folder)) break;
  }
  let looked = 0;
  for (let folder = open.shift(); folder !== undefined && looked < maxFolders; folder = open.shift()) {
    looked++;
    await addCopy(copies, join(folder, name));
    for (const entry of await namesOf(folder)) {
      const path = join(folder, entry);
      if (entry.startsWith('@')) for (const scoped of await namesOf(path)) open.push(join(path, scoped, 'node_modules'));
      else if (entry === '.pnpm') for (const stored of await namesOf(path)) open.push(join(path, stored, 'node_modules'));
      else if (!entry.startsWith('.')) open.push(join(path, 'node_modules'));
    }
  }
  return [...copies.values()];
}

async function addCopy(copies: Map<string, PackageCopy>, path: string): Promise<void> {
  try {
    const real = await realpath(path);
    const { version } = JSON.parse(await readFile(join(real, 'package.json'), 'utf8')) as { version?: unknown };
    if (typeof version === 'string') copies.set(real, { path: real, version });
  } catch {
    // Not there.
  }
}

/** Real folders only: a link leads to a folder that is met under its own name. */
async function namesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}
