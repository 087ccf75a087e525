import type { GoldenSpan } from './differences.ts';
import type { Scenario } from './scenarios.ts';

/** Texts with secrets, and what stands instead of each. Written by hand: what redaction makes of them is what is tested. */
const secrets: Readonly<Record<string, string>> = {
  'GET https://shop.example/pay?code=77#top': 'GET https://shop.example/pay?code=?',
  'https://me:pw@shop.example/a?page=2&code=7#x': 'https://shop.example/a?page=?&code=?',
  'written to ann@shop.example by hand': 'written to ? by hand',
  'Bearer c2VjcmV0LXRva2Vu.1': '?',
  'paid with 4111 1111 1111 1111 today': 'paid with ? today',
  'key AKIAIOSFODNN7EXAMPLE was refused': 'key ? was refused',
  'cannot open https://shop.example/b?session=1': 'cannot open https://shop.example/b?session=?',
};
const [resource, url, mail, bearer, card, key, message] = Object.keys(secrets) as [string, string, string, string, string, string, string];

/** What a page may not say to Datadog's programs. */
const internalTags: Readonly<Record<string, string | number>> = {
  '_dd.hostname': 'another-host',
  '_dd.stats_computed': 'true',
  '_dd.agent_psr': 0.5,
  '_dd.tracer_kr': 0.25,
  _sampling_priority_v9: 2,
};

/** A span with secrets in every place that holds text, and with internal tags that are none of a page's business. */
export const dirtyScenario: Scenario = {
  id: 'dirty',
  steps: [
    {
      op: 'start',
      ref: 'a',
      name: 'pay',
      kind: 'CLIENT',
      start_ms: 1_790_000_000_000,
      attributes: { 'url.full': url, 'user.note': mail, 'http.request.header.authorization': bearer, paid: card, ...internalTags },
      links: [
        {
          context: { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', trace_flags: 1 },
          attributes: { 'link.note': mail },
        },
      ],
    },
    { op: 'update_name', ref: 'a', name: resource },
    { op: 'add_event', ref: 'a', name: key, attributes: { note: card, list: ['plain', mail], count: 3 }, time_ms: 1_790_000_000_001 },
    {
      op: 'record_exception',
      ref: 'a',
      type: 'Error',
      message,
      stack: `Error: ${message}\n    at pay (app.js:1:1)`,
      time_ms: 1_790_000_000_002,
    },
    { op: 'end', ref: 'a', end_ms: 1_790_000_000_010 },
  ],
};

export function withoutInternalTags(span: GoldenSpan): GoldenSpan {
  const isKept = ([name]: [string, unknown]): boolean => !Object.hasOwn(internalTags, name);
  return {
    ...span,
    meta: Object.fromEntries(Object.entries(span.meta).filter(isKept)),
    metrics: Object.fromEntries(Object.entries(span.metrics).filter(isKept)),
  };
}

/** Every text of the span without its secrets. None of them has a character that JSON writes in another way. */
export function withoutSecrets(span: GoldenSpan): GoldenSpan {
  let text = JSON.stringify(span);
  for (const [dirty, clean] of Object.entries(secrets)) text = text.replaceAll(dirty, clean);
  return JSON.parse(text);
}

/** Whether a text holds a secret still, in whatever it is wrapped. */
export const isDirty = (text: string): boolean =>
  ['ann@shop', '4111 1111', 'AKIAIOSFODNN7', 'c2VjcmV0', 'me:pw', 'code=7', 'session=1'].some((secret) => text.includes(secret));
