// The package as a user gets it: packed, installed by npm into an empty project, every door imported in its own host.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUserFolder } from './user-folder.ts';

const project = realpathSync(mkdtempSync(join(tmpdir(), 'edgespan-')));
const manifest = JSON.parse(readFileSync('dist/package.json', 'utf8')) as {
  exports: Record<string, unknown>;
  version: string;
  dependencies: Record<string, string>;
};
const doors = Object.keys(manifest.exports).filter((door) => door !== './package.json');
const root = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string>; version: string };
const run = (command: string, ...args: string[]): string => {
  // The project has its own registry settings and no say of the repository's npm run.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config_(local_prefix|prefix)|package_|lifecycle_)/.test(name)),
  );
  return execFileSync(command, args, { cwd: project, encoding: 'utf8', env, timeout: 110_000 });
};

beforeAll(() => {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: 'dist' });
  const tarball = readdirSync(project).find((file) => file.endsWith('.tgz'));
  writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true,"type":"module"}');
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '@opentelemetry/api@1.9.1', `./${tarball}`);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('publishes every door of the root manifest, and nothing for development', () => {
  expect(doors).toEqual(Object.keys(root.exports));
  expect(manifest.version).toBe(root.version);
  for (const key of ['optionalDependencies', 'devDependencies', 'scripts', 'private']) expect(manifest).not.toHaveProperty(key);
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'THIRD-PARTY-LICENSES.md'])
    expect(existsSync(join(project, 'node_modules/edgespan', file))).toBe(true);
});

test('an installation brings no Node, no browser library of the page, and one copy of the API', () => {
  const names = readdirSync(join(project, 'node_modules'), { recursive: true, encoding: 'utf8' });
  const folders = names.filter((name) => /(^|node_modules\/)(node-linux[^/]*|node|preact|zone\.js|deno|workerd)$/.test(name));
  expect(folders).toEqual([]);
  expect(existsSync(join(project, 'node_modules/.bin/node'))).toBe(false);
  expect(names.filter((name) => name.endsWith('@opentelemetry/api'))).toEqual(['@opentelemetry/api']);
});

const inHost = {
  node: doors.filter((door) => !door.startsWith('./deno') && door !== './zone'),
  deno: doors.filter((door) => door !== './zone' && door !== './node'),
  bun: doors.filter((door) => !door.startsWith('./deno') && door !== './zone'),
};
const importOf = (door: string): string => `const door = await import('edgespan${door.slice(1)}');`;
const importAll = (chosen: string[]): string =>
  chosen.map((door) => `{ ${importOf(door)} if (!(Symbol.toStringTag in door)) throw new Error('no module'); }`).join('\n');

// npm may run under an older Node than the one that the repository brings: 20 is what `engines` promises.
const nodes = [...new Set([process.execPath, process.env['npm_node_execpath'] ?? process.execPath])];

test.each(nodes)('the doors for Node are imported by %s', (node) => {
  writeFileSync(join(project, 'node.mjs'), `${importAll(inHost.node)}\nconsole.log('all', process.version);\nprocess.exit(0);`);
  expect(run(node, 'node.mjs')).toMatch(/^all v/m);
});

test('the doors for Deno are imported by Deno', () => {
  writeFileSync(join(project, 'deno.mjs'), `${importAll(inHost.deno)}\nconsole.log('all');\nDeno.exit(0);`);
  expect(run(resolve('node_modules/.bin/deno'), 'run', '-A', '--node-modules-dir=manual', 'deno.mjs')).toMatch(/^all$/m);
});

test('the doors for Bun are imported by Bun', () => {
  writeFileSync(join(project, 'bun.mjs'), `${importAll(inHost.bun)}\nconsole.log('all');\nprocess.exit(0);`);
  expect(run(resolve('node_modules/.bin/bun'), 'bun.mjs')).toMatch(/^all$/m);
});

test('the command runs under its own name', () => {
  expect(run(join(project, 'node_modules/.bin/edgespan'), '--help')).toMatch(/^ +dev .*\n +proxy /m);
});

// Zone.js and the context manager on it are optional peers: the door needs them.
test('the door for Zone.js is imported beside its peers', () => {
  const code =
    "await import('zone.js'); const { zoneContextManager } = await import('edgespan/zone'); console.log(typeof zoneContextManager().with);";
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: createUserFolder('zone', {}), encoding: 'utf8' })).toBe(
    'function\n',
  );
});
