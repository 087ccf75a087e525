import { expect, test } from 'vitest';
import type { DatadogChunk } from '../../../../src/datadog/datadog-span.ts';
import { agentUpstream } from '../../../../src/proxy/upstream/agent.ts';
import { oneEnvEach } from '../../../../src/proxy/upstream/one-env-each.ts';
import type { IntakeBatch, Outcome } from '../../../../src/proxy/upstream/upstream.ts';
import { batch, served } from './served.ts';

const signal = new AbortController().signal;

/** Traces of an env each, with as many spans as said. */
function mixed(...envs: readonly (readonly [env: string, spans: number])[]): IntakeBatch {
  const one = batch();
  const first = one.chunks[0]![0]!;
  const chunks = envs.map(
    ([env, spans], trace): DatadogChunk =>
      Array.from({ length: spans }, (_, index) => ({ ...first, traceLow: trace + 1, spanLow: index + 1, meta: { env } })),
  );
  return { ...one, chunks };
}

function setUp(answers: Record<string, Outcome[]>) {
  const sent: string[] = [];
  const upstream = oneEnvEach(async ({ chunks, line }) => {
    const envs = [...new Set(chunks.flat().map(({ meta }) => meta['env']))];
    sent.push(`${envs.join()} ${line.spans}`);
    return answers[envs[0]!]?.shift() ?? { status: 'ok' };
  });
  return { sent, upstream };
}

test('one request an env, the smallest first; what was taken is not sent again when the batch is', async () => {
  const { sent, upstream } = setUp({ staging: [{ status: 'retry', code: 'upstream_503' }] });
  const given = mixed(['prod', 1], ['staging', 3], ['prod', 1], ['dev', 1]);
  expect(await upstream(given, signal)).toEqual({ status: 'retry', code: 'upstream_503', takenSpans: 3 });
  expect(sent.splice(0)).toEqual(['dev 1', 'prod 2', 'staging 3']);
  expect(await upstream(given, signal)).toEqual({ status: 'ok' });
  expect(sent.splice(0)).toEqual(['staging 3']);
  await upstream(given, signal);
  expect(sent, 'forgotten once all was taken').toHaveLength(3);
});

test('what is refused of it keeps nothing else back, and is told', async () => {
  const { sent, upstream } = setUp({ prod: [{ status: 'rejected', code: 'upstream_400' }] });
  expect(await upstream(mixed(['prod', 2], ['staging', 3]), signal)).toEqual({ status: 'ok', rejectedSpans: 2 });
  expect(sent).toEqual(['prod 2', 'staging 3']);
  const all = setUp({ prod: [{ status: 'rejected', code: 'upstream_400' }], dev: [{ status: 'rejected', code: 'upstream_400' }] });
  expect(await all.upstream(mixed(['prod', 2], ['dev', 3]), signal)).toEqual({ status: 'rejected', code: 'upstream_400' });
});

test('an Agent gets one env and version a request', async () => {
  await served(
    () => ({ body: '{}' }),
    async (url, got) => {
      expect(await agentUpstream({ url })(mixed(['prod', 1], ['staging', 1]), signal)).toEqual({ status: 'ok' });
      const puts = got.filter(({ method }) => method === 'PUT');
      expect(puts.map(({ body, headers }) => [body.match(/"env":"\w+"/g), headers['x-datadog-trace-count']])).toEqual([
        [['"env":"prod"'], '1'],
        [['"env":"staging"'], '1'],
      ]);
    },
  );
});
