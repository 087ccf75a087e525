import { describe, expect, test } from 'vitest';
import { toDatadogSpan } from '../../../src/datadog/span-mapping.ts';
import { LocalTrace } from '../../../src/trace/local-trace.ts';
import type { Attributes, SpanData } from '../../../src/trace/span-data.ts';
import { finished, link } from './spans.ts';

const map = (more: Partial<SpanData> = {}) => toDatadogSpan(finished(more));
const withAttributes = (attributes: Record<string, unknown>, more: Partial<SpanData> = {}) =>
  map({ attributes: attributes as Attributes, ...more });

test('a plain span', () => {
  expect(map()).toEqual({
    service: 'golden-service',
    name: 'internal',
    resource: 'op',
    type: '',
    traceHigh: 0x0af76519,
    traceLow: 0x16cd43dd,
    spanHigh: 0x7fffffff,
    spanLow: 0xffffffff,
    parentHigh: 0,
    parentLow: 0,
    startSeconds: 1_790_000_000,
    startNanos: 0,
    durationSeconds: 0,
    durationNanos: 10_000_000,
    error: 0,
    meta: { language: 'javascript', 'span.kind': 'internal', env: 'golden-env', version: '1.2.3' },
    metrics: { '_dd.top_level': 1 },
    events: undefined,
    links: undefined,
  });
});

test('a duration over a whole second borrows', () => {
  const { durationSeconds, durationNanos } = map({ startNanos: 999_999_999, endSeconds: 1_790_000_002, endNanos: 1 });
  expect([durationSeconds, durationNanos]).toEqual([1, 2]);
});

describe('values', () => {
  test('texts and booleans are meta, numbers metrics, arrays flat', () => {
    const { meta, metrics } = withAttributes({
      s: 'v',
      empty: '',
      t: true,
      f: false,
      i: 7,
      big: 1e21,
      nan: Number.NaN,
      inf: Number.POSITIVE_INFINITY,
      texts: ['x', 'y'],
      numbers: [1, Number.NaN, 2.5],
      flags: [true, false],
      holes: ['a', null, 'c'],
      none: [],
      nested: [['a'], ['b']],
    });
    expect(meta).toMatchObject({
      s: 'v',
      empty: '',
      t: 'true',
      f: 'false',
      'texts.0': 'x',
      'texts.1': 'y',
      'flags.0': 'true',
      'flags.1': 'false',
      'holes.0': 'a',
      'holes.2': 'c',
      'nested.0.0': 'a',
      'nested.1.0': 'b',
    });
    expect(Object.keys(meta)).not.toContain('holes.1');
    expect(metrics).toEqual({ '_dd.top_level': 1, i: 7, big: 1e21, 'numbers.0': 1, 'numbers.2': 2.5 });
  });

  test('tags after flattening are at most 512, ours and those of an exception included', () => {
    const { meta, metrics } = withAttributes(
      { a: Array.from({ length: 1000 }, (_, index) => `v${index}`) },
      { exception: { type: 'T', message: 'm', stack: 's' }, droppedAttributesCount: 3 },
    );
    expect(Object.keys(meta).length + Object.keys(metrics).length).toBeLessThanOrEqual(512);
    expect(meta).toMatchObject({ 'a.0': 'v0', 'a.400': 'v400', 'error.type': 'T', 'error.stack': 's' });
  });

  test('keys and values are cut at whole characters', () => {
    const { meta } = withAttributes({ [`${'k'.repeat(199)}é`]: 'v', long: `${'x'.repeat(24_999)}é` });
    expect(meta['k'.repeat(199)]).toBe('v');
    expect(meta['long']).toBe('x'.repeat(24_999));
  });

  test('a number takes the place of a tag of the resource', () => {
    const { meta, metrics } = map({
      attributes: { team: 5 },
      resource: { service: 's', env: '', version: '', tags: { team: 'web', zone: 'a' } },
    });
    expect(metrics['team']).toBe(5);
    expect(meta).toEqual({ language: 'javascript', 'span.kind': 'internal', zone: 'a' });
  });

  test('a key __proto__ changes nothing', () => {
    const { meta } = withAttributes(JSON.parse('{"__proto__":"x","constructor":"y"}'));
    expect(Object.getPrototypeOf(meta)).toBe(Object.prototype);
    expect(meta['constructor']).toBe('y');
  });

  test('what was dropped is said in words of OpenTelemetry', () => {
    expect(map({ droppedAttributesCount: 1, droppedEventsCount: 2, droppedLinksCount: 3 }).metrics).toMatchObject({
      'otel.dropped_attributes_count': 1,
      'otel.dropped_events_count': 2,
      'otel.dropped_links_count': 3,
    });
  });
});

describe('reserved attributes', () => {
  test('set fields and are no tags', () => {
    const span = withAttributes({
      'service.name': 'Other Service',
      'resource.name': 'GET /users/:id',
      'span.type': 'web',
      'operation.name': 'Custom.Op',
      'analytics.event': 'T',
      error: true,
      'manual.keep': true,
      'manual.drop': false,
    });
    expect(span).toMatchObject({ service: 'other_service', resource: 'GET /users/:id', type: 'web', name: 'custom.op', error: 1 });
    expect(span.meta).toEqual({
      language: 'javascript',
      'span.kind': 'internal',
      env: 'golden-env',
      version: '1.2.3',
      '_dd.base_service': 'golden-service',
    });
    expect(span.metrics).toEqual({ '_dd.top_level': 1, '_dd1.sr.eausr': 1 });
  });

  test.each([
    [true, 1],
    ['true', 1],
    ['1', 1],
    [1, 1],
    [false, 0],
    ['F', 0],
    ['0', 0],
    ['maybe', undefined],
    [2, undefined],
  ])('analytics.event %j is %j', (value, expected) => {
    expect(withAttributes({ 'analytics.event': value }).metrics['_dd1.sr.eausr']).toBe(expected);
  });

  test('env and version override, env as the Agent has it', () => {
    expect(withAttributes({ env: 'My Env', version: 2 }).meta).toMatchObject({ env: 'my_env', version: '2' });
  });

  test('the same service is no override', () => {
    expect(withAttributes({ 'service.name': 'golden-service' }).meta).not.toHaveProperty('_dd.base_service');
    expect(withAttributes({ 'service.name': '' }).service).toBe('golden-service');
  });

  test.each([
    [404, '404'],
    ['200', '200'],
    [99, undefined],
    ['OK', undefined],
    [200.5, undefined],
  ])('http.response.status_code %j is tag %j', (value, expected) => {
    const { meta, metrics } = withAttributes({ 'http.response.status_code': value });
    expect(meta['http.status_code']).toBe(expected);
    expect({ ...meta, ...metrics }).not.toHaveProperty(['http.response.status_code']);
  });

  test('peer.service as the Agent has it', () => {
    expect(withAttributes({ 'peer.service': 'Pay Ments' }).meta['peer.service']).toBe('pay_ments');
    expect(withAttributes({ 'peer.service': '!!' }).meta).not.toHaveProperty(['peer.service']);
  });

  test('span.kind may be said by hand', () => {
    expect(withAttributes({ 'span.kind': 'server' }).meta['span.kind']).toBe('server');
    expect(withAttributes({ 'span.kind': 'other' }).meta['span.kind']).toBe('internal');
  });
});

describe('what went wrong', () => {
  const exception = { type: 'TypeError', message: 'x is not a function', stack: 'TypeError: x\n  at a' };

  test('an exception alone leaves error 0', () => {
    const span = map({ exception });
    expect(span.error).toBe(0);
    expect(span.meta).toMatchObject({ 'error.type': 'TypeError', 'error.message': 'x is not a function', 'error.stack': exception.stack });
  });

  test.each([
    ['a later status text wins', { status: 2, statusMessage: 'late', isStatusLater: true, exception }, 1, 'late'],
    ['a later status without text does not', { status: 2, isStatusLater: true, exception }, 1, exception.message],
    ['a later exception wins', { status: 2, statusMessage: 'early', exception }, 1, exception.message],
    [
      'a later exception without message does not',
      { status: 2, statusMessage: 'early', exception: { ...exception, message: '' } },
      1,
      'early',
    ],
    ['status alone', { status: 2, statusMessage: 'm', isStatusLater: true }, 1, 'm'],
    ['status without text', { status: 2, isStatusLater: true }, 1, undefined],
    ['OK', { status: 1, isStatusLater: true }, 0, undefined],
    ['OK is final over an attribute', { status: 1, isStatusLater: true, attributes: { error: true } }, 0, undefined],
    ['attribute', { attributes: { error: 'true' } }, 1, undefined],
    ['attribute false', { attributes: { error: false } }, 0, undefined],
    ['status is not taken back by an attribute', { status: 2, attributes: { error: false } }, 1, undefined],
  ] as const)('%s', (_, more, error, message) => {
    const span = map(more as Partial<SpanData>);
    expect(span.error).toBe(error);
    expect(span.meta['error.message']).toBe(message);
    expect(span.meta).not.toHaveProperty('error');
  });
});

describe('top level', () => {
  test.each([
    ['local root below a remote parent', { parentLow: 5 }, true],
    ['child of the same service', { isLocalRoot: false, parentService: 'golden-service' }, false],
    ['child of another service', { isLocalRoot: false, parentService: 'other' }, true],
    [
      'child with a service of its own',
      { isLocalRoot: false, parentService: 'golden-service', attributes: { 'service.name': 'own' } },
      true,
    ],
    ['child of another copy of this module', { isLocalRoot: false }, false],
  ])('%s', (_, more, isTopLevel) => {
    expect(map(more).metrics['_dd.top_level']).toBe(isTopLevel ? 1 : undefined);
  });
});

test('origin stands on every span', () => {
  const trace = new LocalTrace('', 0, 1);
  trace.origin = 'rum';
  expect(map({ trace, isLocalRoot: false }).meta['_dd.origin']).toBe('rum');
});

test('an empty name leaves the operation name as resource; long ones are cut', () => {
  expect(map({ name: '' })).toMatchObject({ name: 'internal', resource: 'internal' });
  expect(map({ name: 'r'.repeat(6000) }).resource).toHaveLength(5000);
  expect(withAttributes({ 'span.type': 't'.repeat(200) }).type).toHaveLength(100);
});

test('events keep types; arrays of several types and numbers that are none are left out', () => {
  const { events } = map({
    events: [
      { name: 'bare', seconds: 1, nanos: 2, attributes: undefined, droppedAttributesCount: 0 },
      {
        name: 'e',
        seconds: 3,
        nanos: 4,
        attributes: {
          s: 'v',
          b: true,
          i: 1,
          a: [1, 2.5],
          holes: ['a', null],
          none: [],
          mixed: ['a', 1] as unknown as string[],
          nan: Number.NaN,
          nans: [1, Number.NaN],
        },
        droppedAttributesCount: 0,
      },
    ],
  });
  expect(events).toEqual([
    { name: 'bare', seconds: 1, nanos: 2, attributes: undefined },
    { name: 'e', seconds: 3, nanos: 4, attributes: { s: 'v', b: true, i: 1, a: [1, 2.5], holes: ['a'], none: [] } },
  ]);
});

test('links have attributes of text only, flat; span pointers stay as they are', () => {
  const traceState = { serialize: () => 'dd=s:1,other=x' } as never;
  const zero = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };
  expect(
    map({ links: [link({ n: 1, list: ['a', true] as string[], t: true }, { traceState }), link({ 'ptr.kind': 'aws.s3.object' }, zero)] })
      .links,
  ).toEqual([
    {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      attributes: { n: '1', 'list.0': 'a', 'list.1': 'true', t: 'true' },
      traceState: 'dd=s:1,other=x',
      flags: 1,
    },
    { traceId: '0'.repeat(32), spanId: '0'.repeat(16), attributes: { 'ptr.kind': 'aws.s3.object' }, traceState: undefined, flags: 0 },
  ]);
});
