import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { type Child, firstLine, run, start, until } from '../children.ts';
import type { Part } from '../parts.ts';
import { startReceiver } from '../receiver.mjs';
import { startTestAgent, type TestAgent } from './test-agent.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const services = fileURLToPath(new URL('../services/', import.meta.url));

interface Span {
  service: string;
  name: string;
  resource: string;
  trace_id: string | number;
  span_id: string | number;
  parent_id?: string | number;
  meta?: Record<string, string>;
  metrics?: Record<string, number>;
}

/** A trace that came from somewhere else, as Datadog's headers. */
const given = {
  'x-datadog-trace-id': '1311768467463790320',
  'x-datadog-parent-id': '81985529216486895',
  'x-datadog-sampling-priority': '2',
  'x-datadog-origin': 'synthetics',
  'x-datadog-tags': '_dd.p.dm=-4,_dd.p.tid=6b05443500000000,_dd.p.team=abc',
};

/**
 * Services under Datadog's own tracers, in Node and Python, between ours in Node and Deno: one trace through all of them, whoever calls
 * whom, asserted on what each sent to the test agent.
 */
export const servicesContinue: Part = async ({ tally, python, peers }) => {
  if (python.missing !== undefined) return tally.skip('services of Datadog’s tracers', python.missing);
  if (peers.missing !== undefined) return tally.skip('services of Datadog’s tracers', peers.missing);
  const agent = await startTestAgent(python.path);
  const receiver = await startReceiver({ forwardTo: agent.url, headers: { 'x-datadog-test-session-token': 'interop' } });
  await fetch(`${agent.url}/test/session/start?test_session_token=interop`);
  const env = {
    ...process.env,
    DD_TRACE_AGENT_URL: receiver.url,
    DD_ENV: 'interop',
    DD_TRACE_API_VERSION: 'v0.4',
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    DD_CRASHTRACKING_ENABLED: 'false',
    DD_TRACE_STARTUP_LOGS: 'false',
  };
  const children: Child[] = [];
  const serve = async (command: string, args: string[], more: Record<string, string> = {}): Promise<string> => {
    const child = start(command, args, { env: { ...env, ...more }, cwd: root });
    children.push(child);
    const { port } = JSON.parse(await firstLine(child)) as { port: number };
    return `http://127.0.0.1:${port}`;
  };
  try {
    const node = await serve(process.execPath, [`${peers.path}service.cjs`], { DD_SERVICE: 'node-service' });
    const py = await serve(`${python.path}python`, [`${services}service.py`], { DD_SERVICE: 'python-service' });
    const deno = await serve(`${root}node_modules/.bin/deno`, ['run', '--allow-all', '--no-prompt', `${services}deno-server.mjs`]);
    const call = (base: string, next?: string): string => `${base}/call${next ? `?next=${encodeURIComponent(next)}` : ''}`;
    const ways = {
      'ours, dd-trace, our Deno, ddtrace': call(node, call(deno, call(py))),
      'ours, ddtrace, our Deno, dd-trace': call(py, call(deno, call(node))),
    };
    for (const [way, url] of Object.entries(ways)) {
      for (const headers of [undefined, given]) {
        await tally.check(`${way}${headers ? ', continuing a trace from elsewhere' : ''}`, async () => {
          const known = new Set((await agent.spans('interop')).flat().map(idOf));
          await run(process.execPath, [`${services}node-client.mjs`, url, ...(headers ? [JSON.stringify(headers)] : [])], {
            env,
            cwd: root,
          });
          await assertOneTrace(agent, known, headers !== undefined);
        });
      }
    }
    await tally.check('the test agent had nothing to complain of', async () => assert.equal(await agent.failures(), ''));
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await receiver.close();
    await agent.stop();
  }
};

const idOf = (span: Record<string, unknown>): string => String(span['span_id']);

async function assertOneTrace(agent: TestAgent, known: ReadonlySet<string>, isGiven: boolean): Promise<void> {
  const names = ['node-client', 'node-service', 'deno-service', 'python-service'];
  const chunks = await until('a span of each service', async () => {
    const fresh = (await agent.spans('interop'))
      .map((chunk) => chunk.filter((span) => !known.has(idOf(span))))
      .filter((chunk) => chunk.length);
    const seen = new Set(fresh.flat().map((span) => span['service']));
    return names.every((name) => seen.has(name)) ? (fresh as unknown as Span[][]) : undefined;
  });
  const spans = chunks.flat();
  // one trace id, all 128 bits of it
  assert.equal(
    new Set(spans.map(({ trace_id: id }) => String(id))).size,
    1,
    JSON.stringify(spans.map(({ service, trace_id: id }) => [service, id])),
  );
  const tags = chunks.map((chunk) => Object.assign({}, ...chunk.map(({ meta }) => meta)) as Record<string, string>);
  const highs = new Set(tags.map((tag) => tag['_dd.p.tid']));
  assert.equal(highs.size, 1, `_dd.p.tid: ${[...highs]}`);
  assert.match([...highs][0]!, /^[0-9a-f]{8}0{8}$/);
  if (isGiven) assert.equal([...highs][0], '6b05443500000000');
  // every span has its parent in the trace, but for one
  const ids = new Set(spans.map((span) => idOf(span as never)));
  const roots = spans.filter(({ parent_id: parent }) => !ids.has(String(parent ?? 0)));
  assert.deepEqual(
    roots.map(({ service, resource }) => [service, resource]),
    [['node-client', 'outing']],
  );
  assert.equal(String(roots[0]!.parent_id ?? 0), isGiven ? given['x-datadog-parent-id'] : '0');
  // each service below the one that called it
  const serviceOf = new Map(spans.map((span) => [idOf(span as never), span.service]));
  const edges = new Set(
    spans
      .map(({ service, parent_id: parent }) => `${serviceOf.get(String(parent ?? 0))} > ${service}`)
      .filter((edge) => new Set(edge.split(' > ')).size === 2),
  );
  const order = [...edges].filter((edge) => !edge.startsWith('undefined'));
  assert.equal(order.length, 3, `calls between services: ${order}`);
  // priority, decision maker, origin and trace tags are the same in each chunk
  for (const [index, chunk] of chunks.entries()) {
    const priority = chunk.map(({ metrics }) => metrics?.['_sampling_priority_v1']).find((value) => value !== undefined);
    assert.equal(priority, isGiven ? 2 : 1, `priority of ${chunk[0]!.service}`);
    const { '_dd.p.dm': maker, '_dd.origin': origin, '_dd.p.team': team } = tags[index]!;
    assert.equal(maker, isGiven ? '-4' : '-0', `decision maker of ${chunk[0]!.service}`);
    assert.equal(origin, isGiven ? 'synthetics' : undefined, `origin of ${chunk[0]!.service}`);
    assert.equal(team, isGiven ? 'abc' : undefined, `trace tag of ${chunk[0]!.service}`);
  }
}
