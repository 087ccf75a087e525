import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Manifest {
  version: string;
  exports: Record<string, string>;
  bin: Record<string, string>;
  sideEffects: string[];
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  imports: Record<string, string>;
}
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Manifest;
const npm = read('package.json');
const jsr = read('deno.json');

test('npm and JSR publish the same doors and version', () => {
  expect(jsr.exports).toEqual(npm.exports);
  expect(jsr.version).toBe(npm.version);
});

test('every door is there', () => {
  const sources = [...Object.values(npm.exports), ...Object.values(npm.bin), ...npm.sideEffects];
  expect(sources.filter((source) => !existsSync(source))).toEqual([]);
});

test('JSR names each dependency with the same range', () => {
  for (const [name, range] of Object.entries(npm.dependencies)) expect(jsr.imports[name]).toBe(`npm:${name}@${range}`);
  // Deno takes no range with a space, so the same range is written in two ways.
  expect([npm.peerDependencies['@opentelemetry/api'], jsr.imports['@opentelemetry/api']]).toEqual([
    '>=1.9 <2',
    'npm:@opentelemetry/api@^1.9.0',
  ]);
});

test('the changelog has a section for this version', () => {
  expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`\n## ${npm.version}`);
});
