import { expect, test } from 'vitest';
import { formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { createBreaker } from '../../../src/proxy/breaker.ts';
import { createMemoryDedupe } from '../../../src/proxy/dedupe.ts';
import { createDelivery } from '../../../src/proxy/deliver.ts';
import { takeEnvelope } from '../../../src/proxy/envelope-way.ts';
import { createIntake } from '../../../src/proxy/intake.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import { createMetrics } from '../../../src/proxy/metrics.ts';
import { type IntakeProxyOptions, resolveOptions } from '../../../src/proxy/options.ts';
import type { RequestCost } from '../../../src/proxy/rate-limit-bucket.ts';
import type { Outcome } from '../../../src/proxy/upstream/upstream.ts';
import { batch } from './upstream/served.ts';

function setUp(outcomes: Outcome[], over: Partial<IntakeProxyOptions> = {}) {
  const entries: ProxyLogEntry[] = [];
  const upstream = async (): Promise<Outcome> => outcomes.shift() ?? { status: 'ok' };
  const config = resolveOptions({
    upstream,
    allowOrigins: [],
    allowServers: true,
    auth: 'none',
    log: (entry) => entries.push(entry),
    ...over,
  });
  const metrics = createMetrics();
  const { upstreams, upstreamTimeoutMillis, log } = config;
  const delivery = createDelivery({
    upstreams,
    spool: undefined,
    breaker: createBreaker(Date.now),
    upstreamTimeoutMillis,
    log,
    metrics,
    now: Date.now,
  });
  const dedupe = createMemoryDedupe({ ttlMillis: 1_000, maxBytes: 100_000, waitMillis: 1_000, now: Date.now });
  const intake = createIntake({ config, dedupe, delivery, metrics });
  let seq = 0;
  const take = (headers: Record<string, string> = {}) => {
    const { line, payload } = batch({ seq: seq++, token: 'canary-token', ledger: { notSampled: 3, dropped: { queue_full: 2 } } });
    const body = Uint8Array.from([...new TextEncoder().encode(formatEnvelopeLine(line)), ...payload]);
    const request = new Request('http://proxy.test/t', { method: 'POST', body, headers });
    return intake.take(request, { waitUntil: () => {}, address: '10.0.0.7' }, takeEnvelope);
  };
  return { entries, metrics, take };
}

test('counts what was taken, with what its client lost, and what was refused, by code', async () => {
  const { metrics, take } = setUp([
    { status: 'ok' },
    { status: 'retry', code: 'upstream_503' },
    { status: 'rejected', code: 'upstream_400' },
  ]);
  for (let count = 0; count < 3; count++) await take();
  await take({ 'Content-Encoding': 'br' });
  const text = await metrics.print({});
  for (const line of [
    'batches_accepted_total 1',
    'spans_accepted_total 1',
    'requests_refused_total{code="upstream_400"} 1',
    'requests_refused_total{code="upstream_503"} 1',
    'requests_refused_total{code="encoded_body"} 1',
    'client_not_sampled_spans_total 3',
    'client_dropped_spans_total{reason="queue_full"} 2',
  ]) {
    expect(text).toContain(`edgespan_${line}\n`);
  }
});

test('a body that says it is encoded is refused, one that says identity is not', async () => {
  const { take } = setUp([]);
  expect(await take({ 'Content-Encoding': 'br' })).toMatchObject({ refusal: { status: 415, code: 'encoded_body' } });
  expect(await take({ 'Content-Encoding': 'identity' })).toEqual({ status: 'ok' });
});

test('no token and no body in any log entry', async () => {
  const { entries, take } = setUp([
    { status: 'retry', code: 'upstream_503' },
    { status: 'rejected', code: 'upstream_400' },
  ]);
  await take();
  await take();
  await take({ 'Content-Encoding': 'gzip' });
  expect(entries.length).toBeGreaterThanOrEqual(3);
  expect(JSON.stringify(entries)).not.toMatch(/canary|internal|note/);
});

test('what a function of the host throws is an answer, counted and said by its name alone', async () => {
  const { entries, metrics, take } = setUp([], {
    auth: () => {
      throw new RangeError('secret');
    },
  });
  expect(await take()).toMatchObject({ refusal: { status: 503, code: 'internal_error' } });
  expect(await metrics.print({})).toContain('edgespan_requests_refused_total{code="internal_error"} 1\n');
  expect(entries).toMatchObject([
    { event: 'internal_error', code: 'RangeError' },
    { event: 'refused', code: 'internal_error' },
  ]);
  expect(JSON.stringify(entries)).not.toContain('secret');
});

test('limits are asked for the address first, then for the holder of a token, who is then no longer the address', async () => {
  const asked: [string, RequestCost][] = [];
  const rateLimit = (key: string, cost: RequestCost): number => {
    asked.push([key, cost]);
    return key.startsWith('holder') ? 7 : 0;
  };
  const { take } = setUp([], { rateLimit, auth: () => ({ id: 'shop' }) });
  expect(await take()).toMatchObject({ status: 'refused', refusal: { status: 429, code: 'rate_limited', retryAfterSeconds: 7 } });
  expect(asked.map(([key, cost]) => [key, cost.requests, cost.spans])).toEqual([
    ['address 10.0.0.7', 1, 0],
    ['holder shop', 1, 1],
    // Refused by the holder's limit, what came is the address's.
    ['address 10.0.0.7', 0, 0],
  ]);
  const addressed = setUp([], { rateLimit });
  expect(await addressed.take()).toEqual({ status: 'ok' });
  expect(asked.slice(3).map(([key, cost]) => [key, cost.requests, cost.spans, cost.bytes > 300])).toEqual([
    ['address 10.0.0.7', 1, 0, false],
    ['address 10.0.0.7', 0, 0, true],
    ['address 10.0.0.7', 0, 1, false],
  ]);
});
