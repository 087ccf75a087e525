import { expect, test } from 'vitest';
import { agentHeaders, createAgentRates, takesSpanEvents } from '../../../src/datadog/agent.ts';
import { finished } from './spans.ts';

test('headers of a request', () => {
  expect(agentHeaders({ tracerVersion: '0.1.0', runtime: 'deno', runtimeVersion: '2.9.5' }, 3)).toEqual({
    'content-type': 'application/json',
    'datadog-meta-lang': 'javascript',
    'datadog-meta-lang-version': '2.9.5',
    'datadog-meta-lang-interpreter': 'deno',
    'datadog-meta-tracer-version': '0.1.0',
    'datadog-client-computed-top-level': 'true',
    'datadog-send-real-http-status': 'true',
    'x-datadog-trace-count': '3',
  });
});

test('rates by service and environment, as the Agent writes them', () => {
  const rates = createAgentRates();
  expect(rates.rateOf(finished())).toBeUndefined();
  rates.update('{"rate_by_service":{"service:,env:":0.9,"service:my_svc,env:my_env":0.25,"service:bad,env:":"x","service:worse,env:":7}}');
  expect(rates.rateOf(finished())).toBe(0.9);
  expect(rates.rateOf(finished({ attributes: { 'service.name': 'My Svc', env: 'My Env' } }))).toBe(0.25);
  expect(rates.rateOf(finished({ attributes: { 'service.name': 'worse', env: '' } }))).toBe(0.9);
});

test.each(['', 'OK', '{}', 'null', '{"rate_by_service":null}', '[]'])('answer %j changes nothing', (answer) => {
  const rates = createAgentRates();
  rates.update('{"rate_by_service":{"service:,env:":0.5}}');
  rates.update(answer);
  expect(rates.rateOf(finished())).toBe(0.5);
});

test('an info that announces typed events', () => {
  expect(takesSpanEvents('{"endpoints":[],"span_events":true}')).toBe(true);
  for (const info of ['', '{}', '{"span_events":"true"}', 'null', '<html>']) expect(takesSpanEvents(info)).toBe(false);
});
