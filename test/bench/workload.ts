// A seeded workload as traces of ten spans: 12 attributes each, every fifth with two events, 2.9 % with an exception of 20 lines.
import type { Span as OtelSpan } from '@opentelemetry/api';
import { context, trace } from '@opentelemetry/api';
import { onManualTag } from '../../src/datadog/priority-sampler.ts';
import { Clock } from '../../src/trace/clock.ts';
import { IdGenerator } from '../../src/trace/id-generator.ts';
import { defaultSpanLimits } from '../../src/trace/limits.ts';
import type { SpanData } from '../../src/trace/span-data.ts';
import { TracerProvider } from '../../src/trace/tracer-provider.ts';
import type { Tracing } from '../../src/trace/tracing.ts';

/** Uniform numbers from 0 to 1, always the same. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const methods = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];
const routes = ['/api/orders/:id', '/api/cart', '/api/users/:id/addresses', '/checkout', '/api/search', '/assets/:file'];
const statuses = [200, 200, 200, 201, 204, 304, 404, 500];

const stackLines = Array.from(
  { length: 20 },
  (_, line) => `    at handler${line} (https://shop.example/assets/app-3f9c1.js:${line * 7 + 1}:${line + 9})`,
);

/** The record behind a provider as a registration makes it, with a processor of the benchmark's own. */
export function benchTracing(changes: Partial<Tracing>): TracerProvider {
  const provider = new TracerProvider();
  provider.tracing = {
    resource: { service: 'shop', env: 'prod', version: '1.4.2', tags: {} },
    clock: new Clock(performance, Date.now),
    ids: new IdGenerator((words) => crypto.getRandomValues(words)),
    limits: defaultSpanLimits,
    sampler: undefined,
    decide: () => ({ priority: 1, mechanism: 0 }),
    onAttribute: onManualTag,
    processor: { onEnd() {} },
    ...changes,
  };
  return provider;
}

/** Finished spans, children before their parents as they end. */
export function seededSpans(count: number): SpanData[] {
  const random = seededRandom(20_261_124);
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const spans: SpanData[] = [];
  const tracer = benchTracing({ processor: { onEnd: (span) => spans.push(span) } }).getTracer('bench', '1.0.0');

  const describe = (span: OtelSpan, index: number): void => {
    const id = Math.floor(random() * 1e6);
    const route = one(routes);
    span.setAttributes({
      'http.request.method': one(methods),
      'http.route': route,
      'url.full': `https://shop.example${route.replace(':id', String(id))}?page=${index % 40}&sort=price`,
      'http.response.status_code': one(statuses),
      'server.address': 'shop.example',
      'server.port': 443,
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'network.protocol.version': '2',
      'app.user.id': `user-${id}`,
      'app.cart.items': Math.floor(random() * 20),
      'app.cart.total': Math.round(random() * 100_000) / 100,
      'app.is_member': random() < 0.5,
    });
    if (random() < 0.2) {
      span.addEvent('cache.lookup', { key: `user-${id}`, hit: random() < 0.5 });
      span.addEvent('retry', { attempt: 1 + Math.floor(random() * 3), 'delay.ms': Math.round(random() * 1000) });
    }
    if (random() < 0.029) {
      const stack = `TypeError: Cannot read properties of undefined (reading 'id${id}')\n${stackLines.join('\n')}`;
      span.recordException({ name: 'TypeError', message: `Cannot read properties of undefined (reading 'id${id}')`, stack });
      span.setStatus({ code: 2 });
    }
  };

  while (spans.length < count) {
    let parent: OtelSpan | undefined;
    const open: OtelSpan[] = [];
    for (let depth = 0; depth < 10; depth++) {
      const below = parent ? trace.setSpan(context.active(), parent) : context.active();
      const span = tracer.startSpan(`step ${depth}`, { kind: depth === 0 ? 1 : depth % 3 }, below);
      describe(span, spans.length + depth);
      open.push(span);
      if (depth % 3 === 0) parent = span;
    }
    for (const span of open.reverse()) span.end();
  }
  // As one finds them after a page has run: texts are flat, not still the parts they were put together from.
  for (const span of spans) JSON.stringify([span.attributes, span.events, span.exception]);
  return spans.slice(0, count);
}
