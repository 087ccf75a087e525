import { expect, test } from 'vitest';
import { createEnrich } from '../../../src/proxy/enrich.ts';
import { batch } from './upstream/served.ts';

test('adds what was asked for to the first span, and changes nothing that is there', () => {
  const { chunks, line } = batch();
  const request = new Request('http://proxy.test/t', { headers: { 'User-Agent': 'Browser/1' } });
  Object.assign(request, { cf: { colo: 'FRA', country: 'DE', asn: 3320, city: 'x' } });
  const facts = { request, line, address: '10.0.0.7', nowMillis: line.sentAt + 42 };
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
    nowMillis: 1,
  });
  expect(Object.keys(chunks[0]![0]!.meta)).toEqual(keys);
});

test('a span that says another user agent keeps it, without the name of the sender’s', () => {
  const { chunks, line } = batch();
  const request = new Request('http://proxy.test/t', { headers: { 'User-Agent': 'YourApp/1.0.0 lib/2' } });
  const facts = { request, line, address: undefined, nowMillis: 1 };
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
