import assert from 'node:assert/strict';
import { agentUpstream } from '../../../../src/entries/proxy.ts';
import { nameOf, played, playThrough, type Setup, startProxy } from '../../behind-proxy.ts';
import type { GoldenSpan } from '../../differences.ts';
import type { Part } from '../../parts.ts';
import { startReceiver } from '../../receiver.mjs';
import { toGolden } from '../../wire-span.mjs';
import { startTestAgent } from '../test-agent.ts';
import { differencesBehindProxy } from './form.ts';

const setups: readonly Setup[] = [
  { redact: true, sender: 'page' },
  { redact: false, sender: 'page' },
];

/**
 * Every scenario through our proxy to Datadog's test agent, once where its `/info` asks for typed events and once where it does not: what
 * it received is what the client sent but for secrets and a page's internal tags, and none of its checks fails.
 */
export const testAgentBehindProxy: Part = async ({ tally, python }) => {
  if (python.missing !== undefined) return tally.skip('Datadog’s test agent behind the proxy', python.missing);
  const agent = await startTestAgent(python.path);
  try {
    for (const nativeEvents of [false, true]) {
      for (const setup of setups) {
        const session = `proxy-${nativeEvents}-${setup.redact}`;
        await fetch(`${agent.url}/test/session/start?test_session_token=${session}`);
        const between = await startReceiver({
          forwardTo: agent.url,
          info: { span_events: nativeEvents },
          headers: { 'x-datadog-test-session-token': session },
        });
        const proxy = await startProxy(agentUpstream({ url: between.url }), setup);
        const label = `proxy, ${nameOf(setup)}, test agent, ${nativeEvents ? 'typed events' : 'event tags'}`;
        try {
          const sent = await playThrough(proxy, setup);
          const refs = new Map([...sent.values()].flat().map((span) => [span.sent.span_id, span.sent.ref]));
          const received = new Map(
            (toGolden(await agent.spans(session), refs) as GoldenSpan[]).map((span) => [span.span_id, span] as const),
          );
          for (const { id } of played) {
            await tally.check(`${label}: ${id}`, () => {
              for (const span of sent.get(id)!) {
                const found = received.get(span.sent.span_id);
                assert(found, `span ${span.sent.ref} did not come through`);
                assert.equal(found.trace_id, span.sent.trace_id);
                assert.deepEqual(differencesBehindProxy('test-agent', id, span.expected, found), []);
              }
            });
          }
          await tally.check(`${label}: nothing beside, and no check of it fails`, async () => {
            assert.equal(received.size, refs.size);
            assert.equal(await agent.failures(), '');
          });
        } finally {
          await proxy.close();
          await between.close();
        }
      }
    }
  } finally {
    await agent.stop();
  }
};
