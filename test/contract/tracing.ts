// What tracing does alike in every runtime, from the API's calls to the bytes that the intake gets.
import { type Context, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { withSpan } from 'edgespan';
import type { DatadogSpan } from '../../src/datadog/datadog-span.ts';
import { equal, holds, same, thrownBy } from './equal.ts';
import type { Posted, TracingHost } from './tracing-host.ts';

const spansOf = (posted: Posted[]): DatadogSpan[] => posted.flatMap(({ chunks }) => chunks.flat());

function find(posted: Posted[], resource: string): DatadogSpan {
  const found = spansOf(posted).filter((span) => span.resource === resource);
  if (found.length !== 1 || !found[0])
    throw new Error(`expected one span ${resource}, got ${spansOf(posted).map((span) => span.resource)}`);
  return found[0];
}

const hex = (high: number, low: number): string => [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
const spanId = (span: DatadogSpan): string => hex(span.spanHigh, span.spanLow);
const parentId = (span: DatadogSpan): string => hex(span.parentHigh, span.parentLow);
const tracer = () => trace.getTracer('contract', '1.0');
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

type Check = (host: TracingHost) => Promise<void>;

const checks: Record<string, Check> = {
  'spans travel as an envelope': async (host) => {
    const posted = await host.trace({ service: 'shop', env: 'test', version: '1.2.3', tags: { team: 'web' } }, () => {
      tracer().startSpan('one').end();
    });
    const span = find(posted, 'one');
    const line = posted.find(({ chunks }) => chunks.flat().includes(span))?.line;
    holds(/^[0-9a-f]{32}$/.test(line?.client ?? ''), 'client is 32 hex digits');
    const { v, attempt, runtime, lang, service, env, version, enc } = line ?? {};
    equal(
      { v, attempt, runtime, lang, service, env, version },
      {
        v: 1,
        attempt: 1,
        runtime: host.runtime,
        lang: 'javascript',
        service: 'shop',
        env: 'test',
        version: '1.2.3',
      },
      'line',
    );
    equal(enc, 'gzip', 'enc');
    equal(
      posted.reduce((sum, entry) => sum + entry.line.spans, 0),
      spansOf(posted).length,
      'spans of the lines',
    );
    equal([span.service, span.meta['env'], span.meta['version'], span.meta['team']], ['shop', 'test', '1.2.3', 'web'], 'service and tags');
  },

  'children stand below what is active, roots below nothing': async (host) => {
    const seen: Record<string, unknown> = {};
    const posted = await host.trace({ service: 'shop' }, () => {
      tracer().startActiveSpan('parent', (parent) => {
        same(trace.getActiveSpan(), parent, 'active span');
        tracer().startActiveSpan('child', {}, (child) => {
          tracer().startActiveSpan('grandchild', {}, context.active(), (grandchild) => grandchild.end());
          child.end();
        });
        tracer().startSpan('apart', { root: true }).end();
        seen['trace'] = parent.spanContext().traceId;
        parent.end();
      });
    });
    const [parent, child, grandchild, apart] = ['parent', 'child', 'grandchild', 'apart'].map((name) => find(posted, name));
    if (!parent || !child || !grandchild || !apart) throw new Error('unreachable');
    equal([parentId(child), parentId(grandchild), parentId(apart)], [spanId(parent), spanId(child), '0000000000000000'], 'parents');
    equal(hex(child.traceHigh, child.traceLow), String(seen['trace']).slice(16), 'trace id of the child');
    holds(hex(apart.traceHigh, apart.traceLow) !== hex(parent.traceHigh, parent.traceLow), 'a root has its own trace');
  },

  'across await: own parent, or none': async (host) => {
    const operation = (name: string) =>
      tracer().startActiveSpan(name, async (span) => {
        await pause();
        tracer().startSpan(`${name} child`).end();
        span.end();
      });
    const posted = await host.trace({ service: 'shop' }, () => Promise.all(['a', 'b', 'c'].map(operation)));
    for (const name of ['a', 'b', 'c']) {
      const parent = parentId(find(posted, `${name} child`));
      if (host.nativeAwait || parent !== '0000000000000000') equal(parent, spanId(find(posted, name)), `parent of ${name} child`);
    }
  },

  'tags of every type, status and kind': async (host) => {
    const posted = await host.trace({ service: 'shop' }, () => {
      const span = tracer().startSpan('typed', { kind: SpanKind.CLIENT, attributes: { text: 'ä€😀', truth: true } });
      span.setAttributes({ number: 1.5, list: ['a', 'b'] }).setAttribute('later', 7);
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' }).end();
      span.setAttribute('after', 'the end');
    });
    const { meta, metrics, error } = find(posted, 'typed');
    equal([meta['text'], meta['truth'], meta['after']], ['ä€😀', 'true', undefined], 'meta');
    equal([metrics['number'], metrics['later']], [1.5, 7], 'metrics');
    equal([meta['list.0'], meta['list.1'], meta['span.kind']], ['a', 'b', 'client'], 'list and kind');
    equal([error, meta['error.message']], [1, 'no stock'], 'error');
  },

  'events in both forms and exceptions': async (host) => {
    const posted = await host.trace({ service: 'shop' }, () => {
      const span = tracer().startSpan('eventful');
      span.addEvent('plain', [1_700_000_000, 1]);
      span.addEvent('full', { count: 2, names: ['a'] }, new Date(1_700_000_000_000));
      span.recordException(new TypeError('broken'));
      span.end();
    });
    // In the envelope events travel as a tag; its times are integers that no number holds.
    const text = find(posted, 'eventful').meta['events'] ?? '[]';
    const events = JSON.parse(text) as { name: string; attributes?: Record<string, unknown> }[];
    equal(
      events.map(({ name }) => name),
      ['plain', 'full', 'exception'],
      'events',
    );
    const times = [...text.matchAll(/"time_unix_nano":(\d+)/g)].map(([, time]) => time);
    equal(times.slice(0, 2), ['1700000000000000001', '1700000000000000000'], 'times');
    equal(events[1]?.attributes, { count: 2, names: ['a'] }, 'attributes');
    equal([events[2]?.attributes?.['exception.type'], events[2]?.attributes?.['exception.message']], ['TypeError', 'broken'], 'exception');
  },

  'times that are handed over come out exact': async (host) => {
    const posted = await host.trace({ service: 'shop' }, () => {
      tracer()
        .startSpan('exact', { startTime: [1_700_000_000, 123_456_789] })
        .end([1_700_000_002, 123_456_790]);
      tracer().startSpan('millis', { startTime: 1_700_000_000_123 }).end(1_700_000_000_456);
    });
    const times = (name: string) => {
      const { startSeconds, startNanos, durationSeconds, durationNanos } = find(posted, name);
      return [startSeconds, startNanos, durationSeconds, durationNanos];
    };
    equal(times('exact'), [1_700_000_000, 123_456_789, 2, 1], 'hr times');
    equal(times('millis'), [1_700_000_000, 123_000_000, 0, 333_000_000], 'integer milliseconds');
  },

  'ids above 2^53 come out exact': async (host) => {
    const remote = {
      traceId: 'fedcba9876543210fedcba9876543211',
      spanId: 'ffffffffffffffff',
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    };
    const posted = await host.trace({ service: 'shop' }, () => {
      tracer().startSpan('far', {}, trace.setSpanContext(ROOT_CONTEXT, remote)).end();
    });
    const span = find(posted, 'far');
    equal([hex(span.traceHigh, span.traceLow), parentId(span)], ['fedcba9876543211', 'ffffffffffffffff'], 'ids');
    const chunk = posted.flatMap(({ chunks }) => chunks).find((spans) => spans.includes(span));
    equal(chunk?.[0]?.meta['_dd.p.tid'], 'fedcba9876543210', 'high half of the trace id');
  },

  'inject and extract carry the trace': async (host) => {
    const carriers: Record<string, string>[] = [];
    const posted = await host.trace({ service: 'shop' }, () => {
      tracer().startActiveSpan('sender', (span) => {
        const carrier: Record<string, string> = {};
        propagation.inject(context.active(), carrier);
        carriers.push(carrier);
        tracer().startSpan('receiver', {}, propagation.extract(ROOT_CONTEXT, carrier)).end();
        span.end();
      });
    });
    holds(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]$/.test(carriers[0]?.['traceparent'] ?? ''), 'traceparent is valid and sampled');
    equal(parentId(find(posted, 'receiver')), spanId(find(posted, 'sender')), 'parent of the receiver');
  },

  '`withSpan` returns, records what is thrown, and ends': async (host) => {
    const error = new Error('unpaid');
    const posted = await host.trace({ service: 'shop' }, async () => {
      equal(
        withSpan('plain', (span) => span.isRecording() && 7),
        7,
        'result',
      );
      equal(await withSpan('later', { attributes: { a: 1 } }, async () => 8), 8, 'result of a promise');
      same(
        await thrownBy(() =>
          withSpan('throws', () => {
            throw error;
          }),
        ),
        error,
        'what is thrown',
      );
      same(await thrownBy(() => withSpan('rejects', async () => Promise.reject(error))), error, 'what is rejected with');
    });
    equal(
      ['plain', 'later', 'throws', 'rejects'].map((name) => find(posted, name).error),
      [0, 0, 1, 1],
      'error',
    );
    equal(find(posted, 'throws').meta['error.message'], 'unpaid', 'message');
  },

  'a trace that is not kept is not sent': async (host) => {
    const posted = await host.trace({ service: 'shop', sampleRate: 0 }, () => {
      tracer().startActiveSpan('unkept', { root: true }, (span) => {
        tracer().startSpan('unkept too').end();
        span.end();
      });
    });
    equal(spansOf(posted).length, 0, 'spans');
  },

  'hostile values throw nothing and the payload stays valid': async (host) => {
    const throwing = Object.defineProperty({}, 'a', {
      enumerable: true,
      get() {
        throw new Error('getter');
      },
    });
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const values = [
      throwing,
      cyclic,
      1n,
      Symbol('s'),
      '\ud800 alone',
      'x'.repeat(1_000_000),
      null,
      undefined,
      Number.NaN,
      -0,
      Number.POSITIVE_INFINITY,
      () => 1,
      new Date(Number.NaN),
      [1, 'a', null],
      {
        toString() {
          throw new Error('text');
        },
      },
      JSON.parse('{"__proto__":{"a":1}}'),
    ] as never[];
    const hostile = (value: never): void => {
      const span = tracer().startSpan(value, { attributes: value, links: [value], startTime: value, kind: value });
      span.setAttribute('key', value).setAttribute(value, 'value').setAttributes(value).addEvent(value, value, value);
      span.addLink(value).addLinks(value).setStatus(value).updateName(value);
      span.recordException(value, value);
      span.setAttribute('__proto__', value).setAttribute('constructor', value);
      trace.setSpan(context.active() as Context, span);
      span.end(value);
    };
    const posted = await host.trace({ service: 'shop' }, () => {
      for (const value of values) hostile(value);
      tracer().startSpan('well').end();
    });
    equal(find(posted, 'well').error, 0, 'error');
    holds(spansOf(posted).length > values.length / 2, 'hostile spans arrive');
    equal(({} as Record<string, unknown>)['a'], undefined, 'Object.prototype');
  },
};

/** Each check turns tracing on and off itself; run them one after the other. */
export function tracingContract(host: TracingHost): Record<string, () => Promise<void>> {
  return Object.fromEntries(Object.entries(checks).map(([name, check]) => [`tracing: ${name}`, () => check(host)]));
}
