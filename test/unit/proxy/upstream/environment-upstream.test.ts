import { expect, test } from 'vitest';
import { environmentUpstreams, text } from '../../../../src/proxy/upstream/environment-upstream.ts';

test('named, or found by the address that is there', () => {
  expect(environmentUpstreams({ EDGESPAN_UPSTREAM: ' console , console ' })).toHaveLength(2);
  expect(environmentUpstreams({ DD_TRACE_AGENT_URL: 'http://127.0.0.1:8126' })).toHaveLength(1);
  expect(environmentUpstreams({ EDGESPAN_VIEWER_URL: 'http://127.0.0.1:4319' })).toHaveLength(1);
  expect(() => environmentUpstreams({})).toThrow(
    'EDGESPAN_UPSTREAM must name agent, otlp, datadog, viewer or console: current value is empty',
  );
  expect(() => environmentUpstreams({ DD_TRACE_AGENT_URL: 'unix:///apm.socket' })).toThrow('Unix sockets');
});

test('blank is not set; a binding that is no text is not read', () => {
  expect(text({ A: ' x ' }, 'A')).toBe('x');
  expect(text({ A: '  ' }, 'A')).toBeUndefined();
  expect(text({ A: { fetch: 1 } }, 'A')).toBeUndefined();
});

test('an OTLP receiver of one’s own, or Datadog’s by key alone', () => {
  expect(environmentUpstreams({ EDGESPAN_UPSTREAM: 'otlp', EDGESPAN_OTLP_URL: 'http://127.0.0.1:4318' })).toHaveLength(1);
  expect(environmentUpstreams({ EDGESPAN_UPSTREAM: 'otlp', DD_API_KEY: 'canary-key', DD_SITE: 'datadoghq.eu' })).toHaveLength(1);
  expect(() => environmentUpstreams({ EDGESPAN_UPSTREAM: 'otlp' })).toThrow('needs EDGESPAN_OTLP_URL, or DD_API_KEY');
  expect(() => environmentUpstreams({ EDGESPAN_UPSTREAM: 'datadog' })).toThrow('needs DD_API_KEY');
});
