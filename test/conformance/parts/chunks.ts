import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import * as api from '@opentelemetry/api';
import { type Agent, type AgentStats, startAgent } from '../agent.ts';
import { importSource } from '../bundle.mjs';
import { until } from '../children.ts';
import type { Part } from '../parts.ts';

interface Outcome {
  readonly chunkCount: number;
  readonly spans: unknown[];
  readonly stats: Record<string, { hits: number; topLevelHits: number; errors: number; duration: number }>;
  readonly priorities: Set<number>;
  readonly traceTags: Set<string>;
  readonly environments: Set<string>;
}

/**
 * One trace that leaves in three chunks and the same trace in one: behind the Agent the same spans, the same statistics, each chunk with the
 * same priority, `_dd.p.*` and env.
 */
export const chunksAreOne: Part = async ({ tally, agentReceiver }) => {
  if (agentReceiver.missing !== undefined) return tally.skip('one trace in three chunks', agentReceiver.missing);
  const door = await importSource('src/entries/node.ts');
  for (const shape of ['indexed', 'plain'] as const) {
    const agent = await startAgent(agentReceiver.path, shape);
    try {
      const whole = await send(agent, door.module, false);
      await agent.forget();
      const parts = await send(agent, door.module, true);
      await tally.check(`Agent, ${shape}: one trace in three chunks is the trace in one`, () => {
        assert.equal(whole.chunkCount, 1);
        assert.equal(parts.chunkCount, 3);
        const { chunkCount: _, ...one } = whole;
        const { chunkCount: __, ...three } = parts;
        assert.deepEqual(three, one);
        assert.deepEqual([...one.priorities], [1]);
        assert.deepEqual([...one.environments], ['chunk-env 1']);
        assert.equal(one.traceTags.size, 1);
      });
      await tally.check(`Agent, ${shape}: top level are the root and the span of another service, in chunks too`, () => {
        const top = Object.entries(parts.stats).filter(([, { topLevelHits }]) => topLevelHits);
        assert.deepEqual(top.map(([key]) => key).sort(), ['chunk-service internal root', 'other-service internal other']);
      });
    } finally {
      await agent.stop();
    }
  }
  await rm(door.outfile, { force: true });
};

// biome-ignore lint/suspicious/noExplicitAny: a bundle made a moment ago
async function send(agent: Agent, door: any, inParts: boolean): Promise<Outcome> {
  const tracing = door.register({
    service: 'chunk-service',
    env: 'chunk-env',
    version: '1',
    exporter: door.agent({ url: agent.url }),
    instrumentations: [],
  });
  const tracer = api.trace.getTracer('chunks');
  const at = (millis: number): [number, number] => [1_790_000_000, millis * 1_000_000];
  const root = tracer.startSpan('root', { startTime: at(0) });
  const under = api.trace.setSpan(api.ROOT_CONTEXT, root);
  const child = (name: string, millis: number, options: api.SpanOptions = {}): void => {
    tracer.startSpan(name, { startTime: at(millis), ...options }, under).end(at(millis + 1));
  };
  child('first', 1);
  child('call', 2, { kind: api.SpanKind.CLIENT });
  if (inParts) await tracing.forceFlush();
  child('other', 3, { attributes: { 'service.name': 'other-service' } });
  child('second', 4);
  if (inParts) await tracing.forceFlush();
  child('call', 5, { kind: api.SpanKind.CLIENT });
  root.setStatus({ code: api.SpanStatusCode.ERROR, message: 'all of it' });
  root.end(at(10));
  await tracing.forceFlush();
  await tracing.shutdown();
  return until('spans and statistics', async () => {
    const { chunks, stats } = await agent.received();
    const lines = stats
      .flatMap((payload) => payload.stats ?? [])
      .flatMap((bucket) => bucket.stats ?? [])
      .flatMap(({ stats: list }) => list ?? []);
    const summed = sum(lines);
    const hits = Object.values(summed).reduce((total, line) => total + line.hits, 0);
    // root, two calls, and the span of another service; the inner ones are not counted
    if (chunks.flatMap(({ spans }) => spans).length < 6 || hits < 4) return undefined;
    return {
      chunkCount: chunks.length,
      spans: chunks
        .flatMap(({ spans }) => spans)
        .map(({ service, name, resource, error, start, duration, metrics }) => ({
          service,
          name,
          resource,
          error,
          start,
          duration,
          top: metrics?.['_top_level'],
        }))
        .sort((a, b) => (a.start < b.start ? -1 : 1)),
      stats: summed,
      priorities: new Set(chunks.map(({ priority }) => priority)),
      traceTags: new Set(
        chunks.map(({ spans: [first] }) =>
          JSON.stringify(
            Object.entries(first!.meta ?? {})
              .filter(([key]) => key.startsWith('_dd.p.'))
              // the seconds at which a trace began are the trace's own
              .map(([key, value]) => [key, key === '_dd.p.tid' ? value.length : value])
              .sort(),
          ),
        ),
      ),
      environments: new Set(chunks.map(({ env, version }) => `${env} ${version}`)),
    };
  });
}

function sum(lines: readonly AgentStats[]): Outcome['stats'] {
  const sums: Outcome['stats'] = {};
  for (const { service, name, resource, hits, errors, duration, topLevelHits } of lines) {
    sums[`${service} ${name} ${resource}`] ??= { hits: 0, topLevelHits: 0, errors: 0, duration: 0 };
    const line = sums[`${service} ${name} ${resource}`]!;
    line.hits += Number(hits);
    line.topLevelHits += Number(topLevelHits ?? 0);
    line.errors += Number(errors ?? 0);
    line.duration += Number(duration);
  }
  return sums;
}
