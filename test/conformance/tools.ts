import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { run } from './children.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../.cache/conformance/', import.meta.url));

/** Something of Datadog's that had to be fetched or built, or why it is not there. */
export type Tool = { readonly path: string; readonly missing?: undefined } | { readonly missing: string; readonly path?: undefined };

/** Makes a tool once for one content of its inputs; says what it does, as the first time is long. */
async function once(name: string, inputs: readonly string[], path: string, make: () => Promise<void>): Promise<Tool> {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(await readFile(input));
  const stamp = `${cache}${name}.stamp`;
  const digest = hash.digest('hex');
  try {
    if (!existsSync(path) || !existsSync(stamp) || (await readFile(stamp, 'utf8')) !== digest) {
      const from = Date.now();
      console.log(`making ${name} …`);
      await mkdir(cache, { recursive: true });
      await make();
      await writeFile(stamp, digest);
      console.log(`made ${name} in ${Math.round((Date.now() - from) / 1000)} s`);
    }
    return { path };
  } catch (error) {
    return { missing: `${name} could not be made: ${error instanceof Error ? error.message : error}` };
  }
}

async function isThere(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

/** What is written in Go. The first builds fetch 270 and 380 MB of modules and take minutes; one after the other, as each takes all cores. */
export async function goPrograms(): Promise<{ readonly agentReceiver: Tool; readonly otlpReceiver: Tool }> {
  if (!(await isThere('go', ['version'])))
    return { agentReceiver: { missing: 'there is no Go' }, otlpReceiver: { missing: 'there is no Go' } };
  const agentReceiver = await goProgram('agent-receiver');
  return { agentReceiver, otlpReceiver: await goProgram('otlp-receiver') };
}

async function goProgram(name: string): Promise<Tool> {
  const folder = `${here}${name}/`;
  const path = `${cache}${name}`;
  return once(
    name,
    ['main.go', 'go.mod', 'go.sum'].map((file) => folder + file),
    path,
    async () => {
      const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
      await run('go', ['build', '-trimpath', '-o', path, '.'], { cwd: folder, env });
    },
  );
}

/** Python with Datadog's test agent and tracer; the path is that of its `bin`. */
export async function python(): Promise<Tool> {
  if (!(await isThere('python3', ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 9))'])))
    return { missing: 'there is no Python 3.9 or newer' };
  const requirements = `${here}requirements.txt`;
  const bin = `${cache}venv/bin/`;
  return once('python', [requirements], `${bin}ddapm-test-agent`, async () => {
    await run('python3', ['-m', 'venv', `${cache}venv`]);
    await run(`${bin}pip`, ['install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', requirements]);
  }).then((tool) => (tool.missing ? tool : { path: bin }));
}

/** The folder of Datadog's npm packages. */
export async function peers(): Promise<Tool> {
  const path = `${here}peers/`;
  return once('peers', [`${path}package-lock.json`], `${path}node_modules/dd-trace/package.json`, async () => {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: path });
  }).then((tool) => (tool.missing ? tool : { path }));
}
