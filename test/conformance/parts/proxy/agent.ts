import assert from 'node:assert/strict';
import { agentUpstream } from '../../../../src/entries/proxy.ts';
import { startAgent } from '../../agent.ts';
import { nameOf, type PlayedSpan, playThrough, setups, startProxy } from '../../behind-proxy.ts';
import { isDirty } from '../../dirty.ts';
import type { Part } from '../../parts.ts';
import { startReceiver } from '../../receiver.mjs';
import { toGolden } from '../agent.ts';
import { assertExplained } from '../tracers.ts';
import { differencesBehindProxy } from './form.ts';

/** Who sends, and the form the Agent gets: MessagePack once, as all else is the same. */
const ways = [...setups.map((setup) => ({ setup, format: 'json' as const })), { setup: setups[0]!, format: 'msgpack' as const }];

/**
 * Every scenario through our proxy to the Agent's own receiver, in both of its shapes: what it would send to Datadog is what the client
 * sent, but for secrets and a page's internal tags. Events arrive typed, as the Agent's `/info` asks for it.
 */
export const agentBehindProxy: Part = async ({ tally, agentReceiver }) => {
  if (agentReceiver.missing !== undefined) return tally.skip('the Agent’s receiver behind the proxy', agentReceiver.missing);
  for (const shape of ['indexed', 'plain'] as const) {
    const agent = await startAgent(agentReceiver.path, shape);
    const between = await startReceiver({ forwardTo: agent.url });
    try {
      for (const { setup, format } of ways) {
        const label = `proxy, ${nameOf(setup)}, Agent, ${shape}, ${format}`;
        const proxy = await startProxy(agentUpstream({ url: between.url, format: format === 'json' ? 'auto' : format }), setup);
        try {
          const sent = await playThrough(proxy, setup);
          const all = [...sent.values()].flat().filter(isKept);
          const received = await agent.receivedSpans(all.map(({ sent: { span_id } }) => span_id));
          for (const [id, spans] of sent) {
            await tally.check(`${label}: ${id}`, () => {
              for (const span of spans) {
                const found = received.get(span.sent.span_id);
                if (!isKept(span)) {
                  assert.equal(found, undefined, 'a trace that is not kept is counted, not sent on');
                  continue;
                }
                assert(found, `span ${span.sent.ref} did not come through`);
                assertExplained(differencesBehindProxy(`agent-${shape}`, id, span.expected, toGolden(found.span, found.chunk, span.sent)));
                assert.equal(found.chunk.env, 'golden-env');
                assert.equal(found.chunk.priority, 1);
              }
            });
          }
          await tally.check(`${label}: every request has typed events, and the Agent took them all`, async () => {
            const requests = between.take();
            assert(requests.length > 0);
            for (const { headers, body } of requests) {
              assert.equal(headers['content-type'], `application/${format}`);
              // in MessagePack a key of six bytes begins with 0xa6
              assert(!/"events":"|\xa6events/.test(body.toString('latin1')), 'events left as a tag');
            }
            assert(requests.some(({ body }: { body: Buffer }) => body.includes('span_events')));
            assert.equal(
              requests.some(({ body }: { body: Buffer }) => isDirty(body.toString())),
              !setup.redact,
            );
            const { dropped, unreadable } = await agent.received();
            assert.deepEqual({ dropped, unreadable }, { dropped: {}, unreadable: [] });
          });
        } finally {
          await proxy.close();
          await agent.forget();
        }
      }
    } finally {
      await between.close();
      await agent.stop();
    }
  }
};

/** The Agent sends on what is kept. */
const isKept = ({ sent }: PlayedSpan): boolean => sent.metrics['_sampling_priority_v1'] !== 0;
