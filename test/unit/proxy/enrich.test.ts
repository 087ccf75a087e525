import { expect, test } from 'vitest';
import { enrich } from '../../../src/proxy/enrich.ts';
import { batch } from './upstream/served.ts';

test('adds what was asked for to the first span, and changes nothing that is there', () => {
  const { chunks, line } = batch();
  const request = new Request('http://proxy.test/t', { headers: { 'User-Agent': 'Browser/1' } });
  Object.assign(request, { cf: { colo: 'FRA', country: 'DE', asn: 3320, city: 'x' } });
  const facts = { request, line, address: '10.0.0.7', nowMillis: line.sentAt + 42 };
  chunks[0]![0]!.meta['client.address'] = 'said';
  const before = structuredClone(chunks[0]![0]!.meta);
  enrich(chunks, {}, facts);
  expect(chunks[0]![0]!.meta).toEqual(before);
  enrich(chunks, { clock: true, userAgent: true, cloudflare: true, address: true }, facts);
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
  enrich(
    chunks,
    { userAgent: true, cloudflare: true, address: true },
    { request: new Request('http://proxy.test/t'), line, address: undefined, nowMillis: 1 },
  );
  expect(Object.keys(chunks[0]![0]!.meta)).toEqual(keys);
});
