import { expect, test } from 'vitest';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import { createMetrics, hasSecret } from '../../../src/proxy/metrics.ts';
import { consoleUpstream } from '../../../src/proxy/upstream/console.ts';

test('OpenMetrics text: types, totals, labels, buckets that add up, an end', async () => {
  const metrics = createMetrics();
  metrics.add('requests_refused', 2, 'bad_span');
  metrics.time(0.01);
  metrics.time(3);
  const text = await metrics.print({ spool_bytes: 7 });
  for (const part of [
    '# TYPE edgespan_requests_refused counter\n',
    'edgespan_requests_refused_total{code="bad_span"} 2\n',
    'edgespan_spans_accepted_total 0\n',
    'edgespan_upstream_seconds_bucket{le="0.005"} 0\n',
    'edgespan_upstream_seconds_bucket{le="0.02"} 1\n',
    'edgespan_upstream_seconds_bucket{le="10"} 2\n',
    'edgespan_upstream_seconds_bucket{le="+Inf"} 2\n',
    'edgespan_upstream_seconds_sum 3.01\n',
    '# HELP edgespan_spool_bytes Bytes that the spool keeps.\n# TYPE edgespan_spool_bytes gauge\nedgespan_spool_bytes 7\n',
  ]) {
    expect(text).toContain(part);
  }
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  expect(
    text.split('\n').every((line) => /^(# (TYPE|HELP) edgespan_\w+ .+|# EOF|edgespan_\w+(\{\w+="[\w+.]+"\})? [\d.]+|)$/.test(line)),
  ).toBe(true);
});

test('labels are bounded', async () => {
  const metrics = createMetrics();
  for (let index = 0; index < 1_000; index++) metrics.add('requests_refused', 1, `code${index}`);
  expect((await metrics.print({})).match(/code\d+/g)).toHaveLength(200);
});

test('behind a secret, or not there', async () => {
  const secret = 'canary-secret-0123';
  const ask = async (metricsSecret: string | undefined, headers: Record<string, string> = {}) => {
    const options = { upstream: consoleUpstream(), allowOrigins: ['https://shop.example'], auth: 'none' as const, log: () => {} };
    const proxy = createIntakeProxy(metricsSecret === undefined ? options : { ...options, metricsSecret });
    const answer = await proxy.fetch(new Request('http://proxy.test/metrics', { headers }));
    expect([answer.headers.get('cache-control'), answer.headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
    return [answer.status, (await answer.text()).includes('canary')];
  };
  expect(await ask(undefined, { Authorization: `Bearer ${secret}` })).toEqual([404, false]);
  expect(await ask(secret)).toEqual([401, false]);
  expect(await ask(secret, { Authorization: `Bearer ${secret}x` })).toEqual([401, false]);
  expect(await ask(secret, { Authorization: `Bearer ${secret}` })).toEqual([200, false]);
  expect(await ask(secret, { Authorization: `bearer ${secret}` })).toEqual([200, false]);
  await expect(ask('short')).rejects.toThrow(
    '`metricsSecret` must be a text of at least 16 characters: current value is a text of 5 characters',
  );
  expect(await hasSecret(new Request('http://proxy.test/', { headers: { Authorization: 'Bearer a' } }), 'a')).toBe(true);
});
