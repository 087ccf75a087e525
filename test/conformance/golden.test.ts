import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { compareSpans, entryOf, type GoldenSpan, type Producer, renderTable, describe as say } from './differences.ts';
import { scenarios } from './scenarios.ts';

// What of the campaign needs neither Go nor Python nor another tracer: the recorded spans of both, and the runner.

const runner = fileURLToPath(new URL('run-scenarios.mjs', import.meta.url));
const golden = (name: string): URL => new URL(`golden/${name}.json`, import.meta.url);
const read = async (file: URL | string): Promise<Record<string, GoldenSpan[]>> => JSON.parse(await readFile(file, 'utf8'));

async function play(
  input: string,
  ...options: string[]
): Promise<{ code: number; error: string; spans: () => Promise<Record<string, GoldenSpan[]>> }> {
  const output = join(await mkdtemp(join(tmpdir(), 'edgespan-')), 'out.json');
  const { code = 0, stderr } = await promisify(execFile)(process.execPath, [runner, input, output, ...options]).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => error,
  );
  return { code, error: stderr, spans: () => read(output) };
}

test.each([
  ['event tags', '', []],
  ['typed events', '.native-events', ['--native-events']],
])('every scenario, %s: what differs from dd-trace-js and ddtrace has its row', { timeout: 60_000 }, async (_, suffix, options) => {
  const ours = await (await play(fileURLToPath(golden('scenarios')), ...options)).spans();
  expect(Object.keys(ours)).toEqual(scenarios.map(({ id }) => id));
  for (const [producer, name] of [
    ['node', 'dd-trace-js'],
    ['python', 'ddtrace-py'],
  ] as [Producer, string][]) {
    const theirs = await read(golden(`expected.${name}${suffix}`));
    const unexplained = Object.entries(ours).flatMap(([id, spans]) =>
      spans
        .flatMap((span) => compareSpans(producer, id, span, theirs[id]!.find(({ ref }) => ref === span.ref)!))
        .filter((difference) => !entryOf(difference)),
    );
    expect(unexplained.map(say)).toEqual([]);
  }
});

test('service, env and version are the options', { timeout: 60_000 }, async () => {
  const input = join(await mkdtemp(join(tmpdir(), 'edgespan-')), 'one.json');
  await writeFile(input, JSON.stringify(scenarios.slice(0, 1)));
  const { spans } = await play(input, '--service', 'mine', '--env', 'here', '--version', '9');
  const [span] = Object.values(await spans())[0]!;
  expect(span).toMatchObject({ service: 'mine', meta: { env: 'here', version: '9' }, parent: '0', ref: 'a' });
});

test('an unknown operation is named, and nothing is written', { timeout: 60_000 }, async () => {
  const input = join(await mkdtemp(join(tmpdir(), 'edgespan-')), 'bad.json');
  await writeFile(input, JSON.stringify([{ id: 'odd', steps: [{ op: 'fly', ref: 'a' }] }]));
  const { code, error, spans } = await play(input);
  expect(code).toBe(1);
  expect(error).toContain('unknown op "fly" in scenario "odd"');
  await expect(spans()).rejects.toThrow();
});

test('docs/differences.md is made from differences.json', async () => {
  expect(await readFile(new URL('../../docs/differences.md', import.meta.url), 'utf8')).toBe(renderTable());
});
