import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { agentUpstream, createIntakeProxy, toNodeHandler } from '../../../src/entries/proxy.ts';
import { type AgentChunk, type AgentSpan, startAgent } from '../agent.ts';
import { compareSpans, type Difference, type GoldenSpan, type Producer } from '../differences.ts';
import type { Part } from '../parts.ts';
import { produce } from '../produce.mjs';
import { startReceiver } from '../receiver.mjs';
import { scenarios } from '../scenarios.ts';
import { assertExplained, checkRows } from './tracers.ts';

type Produced = Record<string, { spans: GoldenSpan[] }>;

/**
 * Every scenario from our tracer to the Agent's own receiver, in both of its shapes, straight and through our proxy, and what it would
 * send to Datadog: nothing dropped, and nothing changed but what a row of differences.json says.
 */
export const agentReceives: Part = async ({ tally, agentReceiver }) => {
  if (agentReceiver.missing !== undefined) return tally.skip('the Agent’s receiver', agentReceiver.missing);
  const seen: Difference[] = [];
  for (const shape of ['indexed', 'plain'] as const) {
    const agent = await startAgent(agentReceiver.path, shape);
    const receiver = await startReceiver({ forwardTo: agent.url });
    const proxy = createServer(
      toNodeHandler(
        createIntakeProxy({
          upstream: agentUpstream({ url: receiver.url }),
          allowOrigins: [],
          auth: 'none',
          allowServers: true,
          log: () => {},
        }).fetch,
      ),
    ).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    try {
      const proxyUrl = `http://127.0.0.1:${(proxy.address() as { port: number }).port}/t`;
      const ways: [string, Produced][] = [
        [`Agent, ${shape}`, await produce(scenarios, { receiver })],
        [
          `proxy and Agent, ${shape}`,
          await produce(scenarios, {
            receiver,
            exporterTo: (door: { intake(options: object): unknown }) => door.intake({ url: proxyUrl }),
          }),
        ],
      ];
      for (const [label, produced] of ways) {
        const ids = Object.values(produced).flatMap(({ spans }) => spans.filter(isSent).map(({ span_id }) => span_id));
        const received = await agent.receivedSpans(ids);
        for (const { id } of scenarios) {
          await tally.check(`${label}: ${id}`, () => {
            for (const span of produced[id]!.spans) {
              const found = received.get(span.span_id);
              if (!isSent(span)) {
                assert.equal(found, undefined, 'a trace that is not kept is counted, not sent on');
                continue;
              }
              assert(found, `span ${span.ref} did not come through`);
              const producer: Producer = `agent-${shape}`;
              const differences = compareSpans(producer, id, span, toGolden(found.span, found.chunk, span));
              assertExplained(differences);
              seen.push(...differences);
              assert.equal(found.chunk.env, 'golden-env');
              assert.equal(found.chunk.version, '1.2.3');
              assert.equal(found.chunk.priority, 1);
            }
          });
        }
      }
      await tally.check(`Agent, ${shape}: nothing dropped, nothing malformed`, async () => {
        const { dropped, unreadable } = await agent.received();
        assert.deepEqual({ dropped, unreadable }, { dropped: {}, unreadable: [] });
      });
    } finally {
      proxy.closeAllConnections();
      proxy.close();
      await receiver.close();
      await agent.stop();
    }
  }
  await checkRows(tally, seen, ['agent-indexed', 'agent-plain']);
};

/** The Agent sends on what is kept, and what has an error. */
const isSent = (span: GoldenSpan): boolean => span.metrics['_sampling_priority_v1'] !== 0;

/** A span of the Agent in the form of the golden files; what names itself by ids is taken from what was sent. */
export function toGolden(span: AgentSpan, chunk: AgentChunk, sent: GoldenSpan): GoldenSpan {
  assert.equal(span.trace_id, sent.trace_id);
  assert.equal(span.parent_id, (sent as unknown as { parent_id: string }).parent_id);
  const { span_events: events, span_links: links } = span;
  // set where the Agent's sampler has counted this service before, so it depends on the hour
  const { _sampling_priority_rate_v1: _, ...metrics } = span.metrics ?? {};
  return {
    ref: sent.ref,
    trace_id: span.trace_id,
    span_id: span.span_id,
    parent: sent.parent,
    name: span.name,
    resource: span.resource,
    service: span.service,
    type: span.type,
    error: span.error,
    start: span.start,
    duration: Number(span.duration),
    meta: span.meta ?? {},
    // a float64 that holds an integer of 53 bits or more is text in the golden files
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([key, value]) => [key, typeof sent.metrics[key] === 'string' ? String(value) : value]),
    ),
    ...(events && { span_events: events }),
    ...(links && { span_links: links as Record<string, unknown>[] }),
    _chunk: chunk.spans.length,
  };
}
