import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { agentUpstream } from '../../../../src/entries/proxy.ts';
import { startAgent } from '../../agent.ts';
import { nameOf, playThrough, type Setup, startProxy } from '../../behind-proxy.ts';
import { freePort, start, until } from '../../children.ts';
import type { Difference } from '../../differences.ts';
import type { Part } from '../../parts.ts';
import { startReceiver } from '../../receiver.mjs';
import { toGolden } from '../agent.ts';
import { assertExplained, checkRows } from '../tracers.ts';
import { differencesBehindProxy } from './form.ts';

const setups: readonly Setup[] = [
  { redact: true, sender: 'page' },
  { redact: false, sender: 'page' },
];

/**
 * Every scenario through our proxy to Datadog's receiver for serverless hosts, an implementation of its own in Rust, which takes
 * MessagePack alone: the upstream finds that out by itself. It hands on to Datadog: here, to the decoder behind the Agent's receiver.
 */
export const serverlessCompatBehindProxy: Part = async ({ tally, peers, agentReceiver }) => {
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
  const between = await startReceiver({ forwardTo: url });
  const seen: Difference[] = [];
  try {
    await until(
      () => `serverless-compat: ${child.errors()}`,
      async () => ((await fetch(`${url}/info`)).ok ? true : undefined),
    );
    for (const setup of setups) {
      const label = `proxy, ${nameOf(setup)}, serverless-compat`;
      const proxy = await startProxy(agentUpstream({ url: between.url }), setup);
      try {
        const sent = await playThrough(proxy, setup);
        await tally.check(`${label}: JSON is refused once, MessagePack taken from then on`, () => {
          const [first, ...others] = between
            .take()
            .map(({ headers, status }: { headers: Record<string, unknown>; status: number }) => [headers['content-type'], status]);
          assert.deepEqual(first, ['application/json', 500]);
          // one for each scenario whose trace was sampled
          assert.equal(others.length, [...sent.values()].filter((spans) => spans.length).length);
          for (const other of others) assert.deepEqual(other, ['application/msgpack', 200]);
        });
        const received = await datadog.receivedSpans(
          [...sent.values()].flat().map((span) => span.sent.span_id),
          8000,
        );
        for (const [id, spans] of sent) {
          await tally.check(`${label}: ${id}`, () => {
            for (const span of spans) {
              const found = received.get(span.sent.span_id);
              assert(found, `span ${span.sent.ref} did not come through`);
              const differences = differencesBehindProxy(
                'serverless-compat',
                id,
                span.expected,
                toGolden(found.span, found.chunk, span.sent),
              );
              assertExplained(differences);
              seen.push(...differences);
            }
          });
        }
      } finally {
        await proxy.close();
        await datadog.forget();
      }
    }
  } finally {
    await between.close();
    await child.stop();
    await datadog.stop();
  }
  await checkRows(tally, seen, ['serverless-compat']);
};
