import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { agentUpstream, createIntakeProxy, toNodeHandler } from '../../../src/entries/proxy.ts';
import { browsers } from '../../runtimes/browsers.ts';
import { run } from '../children.ts';
import { compareSpans, type Difference, type GoldenSpan } from '../differences.ts';
import type { Part } from '../parts.ts';
import { startReceiver } from '../receiver.mjs';
import { toGolden } from '../wire-span.mjs';
import { startTestAgent, type TestAgent } from './test-agent.ts';
import { assertExplained, checkRows } from './tracers.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sections = [
  '1 custom span',
  '1 child',
  '2 current span',
  '3 span tags',
  '4a event without attributes',
  '4b event with attributes',
  '5a exception without attributes',
  '5b exception with attributes',
  '6 exception leaves',
];

/**
 * Datadog's guide for Python, "custom instrumentation using the OpenTelemetry API", run in Python under ddtrace, and the same lines here in
 * each runtime, all to Datadog's test agent: the spans are the same, or a row of differences.json says why not.
 */
export const guideIsTheSame: Part = async ({ tally, python }) => {
  if (python.missing !== undefined) return tally.skip('Datadog’s guide', python.missing);
  const agent = await startTestAgent(python.path);
  const seen: Difference[] = [];
  try {
    const theirs = await collect(agent, 'python', async (url) => {
      const env = {
        ...process.env,
        DD_TRACE_OTEL_ENABLED: 'true',
        DD_TRACE_AGENT_URL: url,
        DD_TRACE_API_VERSION: 'v0.4',
        DD_SERVICE: 'guide-service',
        DD_ENV: 'guide-env',
        DD_VERSION: '1.2.3',
        DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
        DD_REMOTE_CONFIGURATION_ENABLED: 'false',
        DD_CRASHTRACKING_ENABLED: 'false',
        DD_TRACE_STARTUP_LOGS: 'false',
      };
      await run(`${python.path}python`, [fileURLToPath(new URL('../guide/guide.py', import.meta.url))], { env });
    });
    await tally.check('guide in Python: every section is a span', () => assert.deepEqual([...theirs.keys()].sort(), [...sections].sort()));
    for (const [runtime, play] of Object.entries(runtimes)) {
      if (runtime === 'chromium' && !browsers().chromium) {
        tally.skip(`guide in ${runtime}`, 'there is no Chromium');
        continue;
      }
      let ours = new Map<string, GoldenSpan>();
      await tally.check(`guide in ${runtime}: every section is a span`, async () => {
        ours = await collect(agent, runtime, play);
        assert.deepEqual([...ours.keys()].sort(), [...sections].sort());
        assert.equal(await agent.failures(), '');
      });
      for (const section of sections) {
        await tally.check(`guide in ${runtime}: ${section}`, () => {
          const [one, two] = [ours.get(section), theirs.get(section)];
          assert(one && two);
          const differences = compareSpans('python', `guide-${section}`, one, two);
          assertExplained(differences);
          seen.push(...differences);
        });
      }
    }
  } finally {
    await agent.stop();
  }
  await checkRows(tally, seen, ['python'], true);
};

/** The spans that reached the test agent while `play` ran, by resource, without what no two runs share. */
async function collect(agent: TestAgent, session: string, play: (url: string) => Promise<void>): Promise<Map<string, GoldenSpan>> {
  await fetch(`${agent.url}/test/session/start?test_session_token=guide-${session}`);
  const receiver = await startReceiver({
    forwardTo: agent.url,
    info: { endpoints: ['/v0.4/traces'], span_events: false },
    headers: { 'x-datadog-test-session-token': `guide-${session}` },
  });
  try {
    await play(receiver.url);
    const chunks = await agent.spans(`guide-${session}`);
    const names = new Map(chunks.flat().map((span) => [String(span['span_id']), String(span['resource'])]));
    const spans: GoldenSpan[] = toGolden(chunks, names).filter(({ ref }: GoldenSpan) => sections.includes(ref!));
    return new Map(spans.map((span) => [span.ref!, withoutRun(span)]));
  } finally {
    await receiver.close();
  }
}

function withoutRun(span: GoldenSpan): GoldenSpan {
  const { 'runtime-id': _, '_dd.tags.process': __, ...meta } = span.meta;
  const { process_id: ___, ...metrics } = span.metrics;
  const events = meta['events']?.replace(/("time_unix_nano": ?)\d+/g, '$10').replace(/("exception.stacktrace":")(?:[^"\\]|\\.)*"/g, '$1…"');
  return {
    ...span,
    start: '0',
    duration: 0,
    meta: { ...meta, ...(events !== undefined && { events }), ...(meta['error.stack'] && { 'error.stack': 'lines' }) },
    metrics,
  };
}

const identity = `service: 'guide-service', env: 'guide-env', version: '1.2.3'`;

/** A process: the guide, then everything sent. */
const script = (door: string, url: string): string => `
  import { agent, recordException, register, withSpan } from './src/entries/${door}.ts';
  import { guide } from './test/conformance/guide/calls.mjs';
  const tracing = register({ ${identity}, exporter: agent({ url: ${JSON.stringify(url)} }), instrumentations: [] });
  if (!tracing.ok) throw new Error(tracing.reason);
  await guide({ withSpan, recordException });
  await tracing.shutdown();
`;

async function bundle(name: string, contents: string, platform: 'node' | 'browser' = 'node'): Promise<{ path: string; text: string }> {
  const folder = `${root}.cache/conformance/`;
  await mkdir(folder, { recursive: true });
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform,
    target: 'es2022',
    external: ['node:*', 'cloudflare:*'],
    write: false,
    logLevel: 'error',
  });
  const path = `${folder}guide-${name}-${process.pid}.mjs`;
  const text = outputFiles[0]!.text;
  await writeFile(path, text);
  return { path, text };
}

const inProcess =
  (name: string, door: string, command: string, args: readonly string[]) =>
  async (url: string): Promise<void> => {
    const { path } = await bundle(name, script(door, url));
    await run(command, [...args, path]).finally(() => rm(path, { force: true }));
  };

const runtimes: Readonly<Record<string, (url: string) => Promise<void>>> = {
  node: inProcess('node', 'node', process.execPath, []),
  deno: inProcess('deno', 'deno', `${root}node_modules/.bin/deno`, ['run', '--allow-all', '--no-prompt']),
  bun: inProcess('bun', 'node', `${root}node_modules/.bin/bun`, []),
  async workerd(url) {
    const { convertV4MiniflareOptions, Miniflare } = await import('miniflare');
    const { path, text } = await bundle(
      'workerd',
      `
      import { agent, instrument, recordException, withSpan } from './src/entries/workers.ts';
      import { guide } from './test/conformance/guide/calls.mjs';
      const handler = { async fetch() { await guide({ withSpan, recordException }); return new Response('done'); } };
      export default instrument(handler, { ${identity}, exporter: agent({ url: ${JSON.stringify(url)} }) });
      `,
      'browser',
    );
    const worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: text,
        compatibilityDate: '2026-07-01',
        compatibilityFlags: ['nodejs_als'],
        cf: false,
      }),
    );
    try {
      const answer = await worker.dispatchFetch('http://guide.example/');
      assert.equal(await answer.text(), 'done');
      await new Promise((resolve) => setTimeout(resolve, 500));
    } finally {
      await worker.dispose();
      await rm(path, { force: true });
    }
  },
  /** A page, whose spans come through the intake proxy. */
  async chromium(url) {
    const { chromium } = await import('playwright');
    const { path, text } = await bundle(
      'chromium',
      `
      import { recordException, register, withSpan } from './src/entries/browser.ts';
      import { guide } from './test/conformance/guide/calls.mjs';
      const tracing = register({ ${identity} });
      await guide({ withSpan, recordException });
      const { pending } = await tracing.forceFlush();
      document.title = pending ? 'pending' : 'done';
      `,
      'browser',
    );
    const origins: string[] = [];
    let intake: ReturnType<typeof toNodeHandler> | undefined;
    const server = createServer((request, response) => {
      if (request.url === '/t') return intake?.(request, response);
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? text : '<!doctype html><title>guide</title><script type="module" src="/page.js"></script>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origins.push(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
    intake = toNodeHandler(
      createIntakeProxy({ upstream: agentUpstream({ url }), allowOrigins: origins, auth: 'none', log: () => {} }).fetch,
    );
    const browser = await chromium.launch({ executablePath: browsers().chromium!, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.goto(origins[0]!);
      await page.waitForFunction("document.title === 'done'", undefined, { timeout: 15_000 });
    } finally {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await rm(path, { force: true });
    }
  },
};
