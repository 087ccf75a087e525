import assert from 'node:assert/strict';
import { otlpUpstream } from '../../../../src/entries/proxy.ts';
import { nameOf, playThrough, type Setup, startProxy } from '../../behind-proxy.ts';
import { type OtlpFacts, startCollector, toOtlpFacts } from '../../otlp.ts';
import type { Part } from '../../parts.ts';

const setups: readonly Setup[] = [
  { redact: true, sender: 'page' },
  { redact: false, sender: 'page' },
];

/**
 * Every scenario through our proxy to the OpenTelemetry Collector's own receiver, as JSON and as protobuf: what it decoded is, field by
 * field and with the types of all values, what the client sent but for secrets; and the two forms are one.
 */
export const otlpBehindProxy: Part = async ({ tally, otlpReceiver }) => {
  if (otlpReceiver.missing !== undefined) return tally.skip('the OpenTelemetry Collector behind the proxy', otlpReceiver.missing);
  const collector = await startCollector(otlpReceiver.path);
  try {
    for (const protocol of ['json', 'protobuf'] as const) {
      for (const setup of setups) {
        const label = `proxy, ${nameOf(setup)}, Collector, ${protocol}`;
        const proxy = await startProxy(otlpUpstream({ url: collector.url, protocol }), setup);
        try {
          const sent = await playThrough(proxy, setup);
          const received = await collector.take();
          for (const [id, spans] of sent) {
            await tally.check(`${label}: ${id}`, () => {
              const isFirst = ({ expected }: (typeof spans)[number]): boolean => expected.metrics['_sampling_priority_v1'] !== undefined;
              for (const span of spans) {
                const first = spans.find((other) => isFirst(other) && other.sent.trace_id === span.sent.trace_id) ?? span;
                const expected = toOtlpFacts(span.expected, first.expected);
                const found = received.get(expected.spanId);
                assert(found, `span ${span.sent.ref} did not come through`);
                assert.deepEqual(withoutSdk(found), expected);
                received.delete(expected.spanId);
              }
            });
          }
          await tally.check(`${label}: nothing beside`, () => assert.equal(received.size, 0));
        } finally {
          await proxy.close();
        }
      }
    }
  } finally {
    await collector.stop();
  }
};

/** The resource says which SDK made it. */
function withoutSdk(found: OtlpFacts): OtlpFacts {
  const { 'telemetry.sdk.name': name, 'telemetry.sdk.language': language, 'telemetry.sdk.version': version, ...resource } = found.resource;
  assert.deepEqual([name, language], ['edgespan', 'nodejs']);
  assert.match(String(version), /^\d+\.\d+\.\d+/);
  return { ...found, resource };
}
