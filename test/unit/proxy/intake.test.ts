import { expect, test } from 'vitest';
import { formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { createMemoryDedupe } from '../../../src/proxy/dedupe.ts';
import { createIntake } from '../../../src/proxy/intake.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import { resolveOptions } from '../../../src/proxy/options.ts';
import type { Outcome } from '../../../src/proxy/upstream/upstream.ts';
import { batch } from './upstream/served.ts';

function setUp(outcomes: Outcome[]) {
  const entries: ProxyLogEntry[] = [];
  const upstream = async (): Promise<Outcome> => outcomes.shift() ?? { status: 'ok' };
  const config = resolveOptions({ upstream, allowOrigins: [], allowServers: true, auth: 'none', log: (entry) => entries.push(entry) });
  const intake = createIntake(config, createMemoryDedupe({ ttlMillis: 1_000, maxKeys: 10, waitMillis: 1_000, now: Date.now }));
  let seq = 0;
  const take = (headers: Record<string, string> = {}) => {
    const { line, payload } = batch({ seq: seq++, token: 'canary-token' });
    const body = Uint8Array.from([...new TextEncoder().encode(formatEnvelopeLine(line)), ...payload]);
    return intake.take(new Request('http://proxy.test/t', { method: 'POST', body, headers }), () => {});
  };
  return { entries, intake, take };
}

test('degraded after three failures of the primary in a row, well again after one that went through', async () => {
  const down: Outcome = { status: 'retry', code: 'upstream_503' };
  const { intake, take } = setUp([down, down, down]);
  const states: boolean[] = [];
  for (let count = 0; count < 4; count++) {
    await take();
    states.push(intake.isDegraded());
  }
  expect(states).toEqual([false, false, true, false]);
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
