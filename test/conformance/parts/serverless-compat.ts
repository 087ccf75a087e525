import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:http';
import { encodeMsgpack } from '../../../src/datadog/encode-msgpack.ts';
import { encodeTraces } from '../../../src/datadog/encode-traces.ts';
import { createIntakeProxy, toNodeHandler, type Upstream } from '../../../src/entries/proxy.ts';
import { startAgent } from '../agent.ts';
import { freePort, start, until } from '../children.ts';
import { compareSpans, type Difference, type GoldenSpan } from '../differences.ts';
import type { Part } from '../parts.ts';
import { produce } from '../produce.mjs';
import { scenarios } from '../scenarios.ts';
import { toGolden } from './agent.ts';
import { assertExplained, checkRows } from './tracers.ts';

/**
 * Every scenario through our proxy, as MessagePack, to Datadog's receiver for serverless hosts, an implementation of its own in Rust. It
 * hands on to Datadog: here, to the decoder behind the Agent's receiver.
 */
export const serverlessCompatReceives: Part = async ({ tally, peers, agentReceiver }) => {
  if (peers.missing !== undefined) return tally.skip('serverless-compat', peers.missing);
  if (agentReceiver.missing !== undefined)
    return tally.skip('serverless-compat', `its messages are decoded by the Agent’s code: ${agentReceiver.missing}`);
  if (process.platform !== 'linux' || process.arch !== 'x64') return tally.skip('serverless-compat', 'there is one for Linux on x64 only');
  const datadog = await startAgent(agentReceiver.path, 'plain');
  const binary = `${peers.path}node_modules/@datadog/serverless-compat-linux-x64/bin/datadog-serverless-compat`;
  await chmod(binary, 0o755);
  const port = await freePort();
  const child = start(binary, [], {
    env: {
      PATH: process.env['PATH'],
      // names a host that needs no metadata service
      ASCSVCRT_SPRING__APPLICATION__NAME: 'conformance',
      DD_API_KEY: 'key',
      DD_APM_DD_URL: datadog.datadogUrl,
      DD_APM_RECEIVER_PORT: String(port),
      DD_USE_DOGSTATSD: 'false',
      DD_SITE: 'invalid.localhost',
    },
  });
  const url = `http://127.0.0.1:${port}`;
  // what the proxy hands on, in the form that `produce` reads
  const handedOn: { headers: object; body: Buffer }[] = [];
  const upstream: Upstream = async ({ chunks }, signal) => {
    const headers = {
      'content-type': 'application/msgpack',
      'x-datadog-trace-count': String(chunks.length),
      'datadog-meta-lang': 'javascript',
    };
    const answer = await fetch(`${url}/v0.4/traces`, { method: 'PUT', headers, body: encodeMsgpack(chunks), signal });
    handedOn.push({ headers, body: Buffer.from(encodeTraces(chunks)) });
    return answer.ok ? { status: 'ok' } : { status: 'rejected', code: await answer.text() };
  };
  const proxy = createServer(
    toNodeHandler(createIntakeProxy({ upstream, allowOrigins: [], auth: 'none', allowServers: true, log: () => {} }).fetch),
  ).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const seen: Difference[] = [];
  try {
    await until(
      () => `serverless-compat: ${child.errors()}`,
      async () => ((await fetch(`${url}/info`)).ok ? true : undefined),
    );
    const intake = `http://127.0.0.1:${(proxy.address() as { port: number }).port}/t`;
    const produced: Record<string, { spans: GoldenSpan[] }> = await produce(scenarios, {
      receiver: { url: intake, take: () => handedOn.splice(0) },
      exporterTo: (door: { intake(options: object): unknown }) => door.intake({ url: intake }),
    });
    const received = await datadog.receivedSpans(
      Object.values(produced).flatMap(({ spans }) => spans.map(({ span_id }) => span_id)),
      8000,
    );
    for (const { id } of scenarios) {
      await tally.check(`proxy, MessagePack and serverless-compat: ${id}`, () => {
        for (const span of produced[id]!.spans) {
          const found = received.get(span.span_id);
          assert(found, `span ${span.ref} did not come through`);
          const differences = compareSpans('serverless-compat', id, span, toGolden(found.span, found.chunk, span));
          assertExplained(differences);
          seen.push(...differences);
        }
      });
    }
  } finally {
    proxy.closeAllConnections();
    proxy.close();
    await child.stop();
    await datadog.stop();
  }
  await checkRows(tally, seen, ['serverless-compat']);
};
