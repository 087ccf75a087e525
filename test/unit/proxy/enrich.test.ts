import { expect, test } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { createEnrich } from '../../../src/proxy/enrich.ts';
import { batch } from './upstream/served.ts';

test('adds what was asked for to the first span, and changes nothing that a server says', () => {
  const { chunks, line } = batch();
  const request = new Request('http://proxy.test/t', { headers: { 'User-Agent': 'Browser/1' } });
  Object.assign(request, { cf: { colo: 'FRA', country: 'DE', asn: 3320, city: 'x' } });
  const facts = { request, line, address: '10.0.0.7', isServer: true, nowMillis: line.sentAt + 42 };
  chunks[0]![0]!.meta['client.address'] = 'said';
  const before = structuredClone(chunks[0]![0]!.meta);
  createEnrich({})(chunks, facts);
  expect(chunks[0]![0]!.meta).toEqual(before);
  createEnrich({ clock: true, userAgent: true, cloudflare: true, address: true })(chunks, facts);
  expect(chunks[0]![0]!.meta).toEqual({
    ...before,
    'edgespan.received_at': '2024-09-24T21:01:31.812Z',
    'user_agent.original': 'Browser/1',
    'cloudflare.colo': 'FRA',
    'client.geo.country_iso_code': 'DE',
    'client.address': 'said',
  });
  expect(chunks[0]![0]!.metrics).toMatchObject({ 'edgespan.clock_skew_ms': 42, 'client.as.number': 3320 });
});

test('nothing where the host knows nothing', () => {
  const { chunks, line } = batch();
  const keys = Object.keys(chunks[0]![0]!.meta);
  createEnrich({ userAgent: true, cloudflare: true, address: true })(chunks, {
    request: new Request('http://proxy.test/t'),
    line,
    address: undefined,
    isServer: false,
    nowMillis: 1,
  });
  expect(Object.keys(chunks[0]![0]!.meta)).toEqual(keys);
});

test('a span that says another user agent keeps it, without the name of the sender’s', () => {
  const { chunks, line } = batch();
  const request = new Request('http://proxy.test/t', { headers: { 'User-Agent': 'YourApp/1.0.0 lib/2' } });
  const facts = { request, line, address: undefined, isServer: false, nowMillis: 1 };
  const add = createEnrich({ userAgent: true });
  const { meta } = chunks[0]![0]!;
  meta['user_agent.original'] = 'curl/8';
  const before = { ...meta };
  add(chunks, facts);
  expect(meta).toEqual(before);
  meta['user_agent.original'] = 'YourApp/1.0.0 lib/2';
  add(chunks, facts);
  expect(meta).toEqual({
    ...before,
    'user_agent.original': 'YourApp/1.0.0 lib/2',
    'user_agent.name': 'YourApp',
    'user_agent.version': '1.0.0',
  });
});

test('a page’s own word of these facts is true or gone, on every span', () => {
  const forged = {
    'client.address': '8.8.8.8',
    'edgespan.received_at': '1999',
    'edgespan.clock_skew_ms': '0',
    'cloudflare.colo': 'X',
    'client.as.number': '1',
  };
  const enriched = (address: string | undefined, cf: object) => {
    const { chunks, line } = batch();
    const [first] = chunks[0] as [DatadogSpan];
    Object.assign(first.meta, forged);
    Object.assign(first.metrics, { 'edgespan.clock_skew_ms': 7, 'client.address': 8 });
    const second = { ...structuredClone(first), meta: { ...forged, other: 'o' } };
    const request = Object.assign(new Request('http://proxy.test/t'), { cf });
    const facts = { request, line, address, isServer: false, nowMillis: line.sentAt + 42 };
    createEnrich({ clock: true, cloudflare: true, address: true })([[first, second]], facts);
    return [first, second] as const;
  };
  const [first, second] = enriched('203.0.113.9', { colo: 'FRA' });
  expect(first.meta).toMatchObject({
    'client.address': '203.0.113.9',
    'edgespan.received_at': '2024-09-24T21:01:31.812Z',
    'cloudflare.colo': 'FRA',
  });
  expect(Object.keys(first.meta)).not.toContain('edgespan.clock_skew_ms');
  expect(Object.keys(first.meta)).not.toContain('client.as.number');
  expect(first.metrics['edgespan.clock_skew_ms']).toBe(42);
  expect(Object.keys(first.metrics)).not.toContain('client.address');
  expect(second.meta).toEqual({ other: 'o' });
  const [unknown] = enriched(undefined, {});
  for (const key of ['client.address', 'cloudflare.colo']) expect(Object.keys(unknown.meta)).not.toContain(key);
});
