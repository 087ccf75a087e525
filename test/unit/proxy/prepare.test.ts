import { expect, test } from 'vitest';
import type { DatadogChunk } from '../../../src/datadog/datadog-span.ts';
import { prepare } from '../../../src/proxy/prepare.ts';
import { readPayload } from '../../../src/proxy/validate.ts';
import { redact } from '../../../src/redact/redact.ts';

const events = JSON.stringify(
  JSON.stringify([
    { name: 'exception', time_unix_nano: 1, attributes: { 'exception.message': 'mail a@b.example', list: ['https://x.example/?a=1', 2] } },
  ]),
);
const links = JSON.stringify(JSON.stringify([{ trace_id: '1', span_id: '2', attributes: { password: 'x' } }]));
const chunk = (): DatadogChunk => {
  const text = `[[{"service":"shop","resource":"GET /a?b=c","trace_id":5,"span_id":7,"start":1795477916860123047,"duration":1,"meta":{"events":${events},"_dd.span_links":${links},"env":"x","_dd.hostname":"h","http.url":"https://u:p@a.example/?q=1"},"metrics":{"_sampling_priority_v1":2,"_sample_rate":0.001}}]]`;
  return (readPayload(new TextEncoder().encode(text), 1, 1_795_477_916_860) as DatadogChunk[])[0]!;
};

test('a page’s spans: internal tags by the list, secrets out, also of events and links', () => {
  const one = chunk();
  prepare([one], {}, redact());
  expect(one[0]).toMatchObject({
    resource: 'GET /a?b=?',
    meta: { 'http.url': 'https://a.example/?q=?', env: 'x', '_dd.p.dm': '-0' },
    metrics: { _sampling_priority_v1: 1 },
    events: [{ name: 'exception', attributes: { 'exception.message': 'mail ?', list: ['https://x.example/?a=?', 2] } }],
    links: [{ attributes: { password: '?' } }],
  });
  expect(Object.keys(one[0]!.meta)).not.toContain('_dd.hostname');
  expect(Object.keys(one[0]!.metrics)).toEqual(['_sampling_priority_v1']);
});

test('a server’s token keeps what it says; service and env are the token’s', () => {
  const one = chunk();
  prepare([one], { isServer: true, service: 'orders', env: 'prod' }, undefined);
  expect(one[0]).toMatchObject({
    service: 'orders',
    resource: 'GET /a?b=c',
    meta: { env: 'prod', '_dd.hostname': 'h', 'http.url': 'https://u:p@a.example/?q=1' },
    metrics: { _sampling_priority_v1: 2, _sample_rate: 0.001 },
  });
});
