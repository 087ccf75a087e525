import { ExtData, encode as encodeMsgpack } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { decodeMessagePack, decodeTraces, isRefusal } from '../../../src/datadog/decode.ts';
import { encodeTraces } from '../../../src/datadog/encode-traces.ts';
import { readEvents } from '../../../src/datadog/read-events.ts';

const span = (more = ''): string => `{"trace_id":11468520459543254234,"span_id":18446744073709551615${more}}`;
const first = (text: string) => {
  const chunks = decodeTraces(text);
  if (isRefusal(chunks)) throw new Error(`${chunks.error} ${chunks.path}`);
  return chunks[0]![0]!;
};

test('reads a whole span with exact 64-bit integers', () => {
  const text = `[[{"service":"web","name":"n","resource":"r","type":"web","trace_id":11468520459543254234,"span_id":7521985231985231983,
    "parent_id":18446744073709551615,"start":1727211691770716001,"duration":18000000001,"error":1,"unknown":{"deep":[1,{"a":null}]},
    "meta":{"env":"prod","a":"x\\n\\u00e9\\ud83d\\ude00"},"metrics":{"_sampling_priority_v1":1,"big":1e+21,"safe":9007199254740993}}]]`;
  expect(decodeTraces(text)).toEqual([
    [
      {
        service: 'web',
        name: 'n',
        resource: 'r',
        type: 'web',
        traceHigh: Number(11468520459543254234n >> 32n),
        traceLow: Number(11468520459543254234n & 0xffffffffn),
        spanHigh: Number(7521985231985231983n >> 32n),
        spanLow: Number(7521985231985231983n & 0xffffffffn),
        parentHigh: 0xffffffff,
        parentLow: 0xffffffff,
        startSeconds: 1727211691,
        startNanos: 770716001,
        durationSeconds: 18,
        durationNanos: 1,
        error: 1,
        meta: { env: 'prod', a: 'x\né😀' },
        metrics: { _sampling_priority_v1: 1, big: 1e21, safe: 9007199254740992 },
        events: undefined,
        links: undefined,
      },
    ],
  ]);
  expect(decodeTraces(new TextEncoder().encode(text))).toEqual(decodeTraces(text));
});

test('missing and null fields are empty, as for the Agent; the last of two members wins', () => {
  expect(first(`[[${span(',"service":null,"meta":null,"metrics":{"a":null},"name":"x","name":"y","meta":{"k":null}')}]]`)).toMatchObject({
    service: '',
    name: 'y',
    resource: '',
    parentHigh: 0,
    parentLow: 0,
    startSeconds: 0,
    error: 0,
    meta: { k: '' },
    metrics: { a: 0 },
  });
});

test('an empty payload is no chunk', () => {
  expect(decodeTraces(' [ ] ')).toEqual([]);
});

test.each([
  ['', 'bad_json', 'offset 0'],
  ['{}', 'bad_json', 'offset 0'],
  ['[[', 'bad_json', 'offset 2'],
  [`[[${span()}]] x`, 'bad_json', 'offset 69'],
  [`[[${span()},]]`, 'bad_json', 'offset 67'],
  ['[[{"a":01}]]', 'bad_json', 'offset 8'],
  ['[[{"a":"\\x"}]]', 'bad_json', 'offset 8'],
  ['[[{"a":"\n"}]]', 'bad_json', 'offset 8'],
  ['[[{"a":"', 'bad_json', 'offset 8'],
  ['[[{"a":NaN}]]', 'bad_json', 'offset 7'],
  ['[[]]', 'empty_chunk', '[0]'],
  ['[[null]]', 'bad_span', '[0][0]'],
  [`[[${span()},null]]`, 'bad_span', '[0][1]'],
  ['[[{"trace_id":0,"span_id":1}]]', 'bad_span', '[0][0].trace_id'],
  ['[[{"trace_id":1}]]', 'bad_span', '[0][0].span_id'],
  ['[[{"trace_id":"1","span_id":1}]]', 'bad_span', '[0][0].trace_id'],
  ['[[{"trace_id":18446744073709551616,"span_id":1}]]', 'bad_span', '[0][0].trace_id'],
  ['[[{"trace_id":-1,"span_id":1}]]', 'bad_span', '[0][0].trace_id'],
  ['[[{"trace_id":1.5e19,"span_id":1}]]', 'bad_span', '[0][0].trace_id'],
  [`[[${span(',"start":1.5')}]]`, 'bad_span', '[0][0].start'],
  [`[[${span(',"error":true')}]]`, 'bad_span', '[0][0].error'],
  [`[[${span(',"meta":{"k":1}')}]]`, 'bad_span', '[0][0].meta.k'],
  [`[[${span(',"meta":["k"]')}]]`, 'bad_span', '[0][0].meta'],
  [`[[${span(',"metrics":{"k":"1"}')}]]`, 'bad_span', '[0][0].metrics.k'],
  [`[[${span(',"metrics":{"k":1e400}')}]]`, 'bad_span', '[0][0].metrics.k'],
  [`[[${span(',"span_events":[{"name":"e","attributes":{"k":"plain"}}]')}]]`, 'bad_span', '[0][0].span_events[0].attributes.k'],
  [`[[${span(',"span_links":[{"attributes":{"k":1}}]')}]]`, 'bad_span', '[0][0].span_links[0].attributes.k'],
  [`[[${span()},{"trace_id":1,"span_id":1}]]`, 'mixed_trace_ids', '[0][1]'],
  [`[[${span(',"meta":{"_dd.p.tid":"a"}')},${span(',"meta":{"_dd.p.tid":"b"}')}]]`, 'mixed_trace_ids', '[0][1]'],
  [`[[${span()},${span(',"meta":{"_dd.p.tid":"a"}')},${span(',"meta":{"_dd.p.tid":"b"}')}]]`, 'mixed_trace_ids', '[0][2]'],
  [`[[${span(`,"x":${'['.repeat(10)}${']'.repeat(10)}`)}]]`, 'too_deep', 'offset 80'],
  [`[[${Array(1001).fill(span()).join()}]]`, 'too_many_spans', '[0]'],
])('refuses %#: %s', (text, error, path) => {
  expect(decodeTraces(text)).toEqual({ error, path });
});

test('bytes that are no UTF-8 are refused', () => {
  expect(decodeTraces(new Uint8Array([0x5b, 0xff, 0x5d]))).toEqual({ error: 'bad_json', path: 'utf-8' });
});

test('deep nesting is refused, not a full stack', () => {
  expect(decodeTraces(`[[${'['.repeat(1_000_000)}`)).toMatchObject({ error: 'too_deep' });
});

test('a member __proto__ is left out and pollutes nothing', () => {
  const read = first(`[[${span(',"__proto__":{"service":"evil"},"meta":{"__proto__":"x","constructor":"y"}')}]]`);
  expect(read.service).toBe('');
  expect(Object.getPrototypeOf(read.meta)).toBe(Object.prototype);
  expect(read.meta).toEqual({ constructor: 'y' });
  expect(({} as Record<string, unknown>)['service']).toBeUndefined();
});

test('typed events and links', () => {
  const read = first(
    `[[${span(`,"span_events":[{"name":"e","time_unix_nano":1795477367897892401,"attributes":{"s":{"type":0,"string_value":"v"},
      "b":{"type":1,"bool_value":true},"f":{"type":1},"i":{"type":2,"int_value":1},"d":{"type":3,"double_value":1.5},
      "a":{"type":4,"array_value":{"values":[{"type":2,"int_value":3},{"type":2,"int_value":4}]}}}},{"name":"bare","time_unix_nano":5}],
      "span_links":[{"trace_id":9532127138774266268,"trace_id_high":790211418057950173,"span_id":13235353014750950193,
      "attributes":{"k":"v"},"tracestate":"dd=s:1","flags":2147483649},{"trace_id":1,"span_id":2}]`)}]]`,
  );
  expect(read.events).toEqual([
    {
      name: 'e',
      seconds: 1795477367,
      nanos: 897892401,
      attributes: { s: 'v', b: true, f: false, i: 1, d: 1.5, a: [3, 4] },
    },
    { name: 'bare', seconds: 0, nanos: 5, attributes: undefined },
  ]);
  expect(read.links).toEqual([
    {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      attributes: { k: 'v' },
      traceState: 'dd=s:1',
      flags: 1,
    },
    {
      traceId: '00000000000000000000000000000001',
      spanId: '0000000000000002',
      attributes: undefined,
      traceState: undefined,
      flags: undefined,
    },
  ]);
});

test('a number of an event that none of JavaScript holds becomes text, as no printer could say it', () => {
  const huge = `1${'0'.repeat(400)}`;
  const events = `[{"name":"e","time_unix_nano":1,"attributes":{"a":1e999,"b":[-1e999,1],"c":${huge}}}]`;
  const read = readEvents(first(`[[${span(`,"meta":${JSON.stringify({ events })}`)}]]`));
  expect(read.events?.[0]?.attributes).toEqual({ a: 'Infinity', b: ['-Infinity', 1], c: 'Infinity' });
});

test('readEvents makes tags typed, exact, and leaves alone what is no JSON', () => {
  const tags = (events: string, links = '[]'): string => JSON.stringify({ events, '_dd.span_links': links, keep: 'k' });
  const read = readEvents(
    first(
      `[[${span(
        `,"meta":${tags(
          '[{"name":"e","time_unix_nano":1795477367897892401,"attributes":{"s":"v","n":null,"o":{"x":12345678901234567890},"ai":[1,null]}}]',
          '[{"trace_id":"0AF7651916cd43dd8448eb211c80319c","span_id":"9","attributes":{"a":"b"},"flags":0,"tracestate":"x=y"}]',
        )}`,
      )}]]`,
    ),
  );
  expect(read.meta).toEqual({ keep: 'k' });
  expect(read.events).toEqual([
    {
      name: 'e',
      seconds: 1795477367,
      nanos: 897892401,
      attributes: { s: 'v', n: 'null', o: '{"x":12345678901234567000}', ai: [1, null] },
    },
  ]);
  expect(read.links).toEqual([
    { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '0000000000000009', attributes: { a: 'b' }, traceState: 'x=y', flags: 0 },
  ]);
  const broken = readEvents(
    first(`[[${span(`,"meta":${tags('[{"name":"e","time_unix_nano":NaN}]', '[{"trace_id":"zz","span_id":"1"}]')}`)}]]`),
  );
  expect(broken.events).toBeUndefined();
  expect(broken.meta).toEqual({
    events: '[{"name":"e","time_unix_nano":NaN}]',
    '_dd.span_links': '[{"trace_id":"zz","span_id":"1"}]',
    keep: 'k',
  });
});

test('a MessagePack value reads the same', () => {
  const bytes = encodeMsgpack(
    [[{ trace_id: 11468520459543254234n, span_id: 12, start: 1727211691770716001n, duration: 5, meta: { a: 'b' }, metrics: { m: 1.5 } }]],
    { useBigInt64: true },
  );
  const chunks = decodeMessagePack(bytes);
  expect(chunks).toEqual(
    decodeTraces(
      '[[{"trace_id":11468520459543254234,"span_id":12,"start":1727211691770716001,"duration":5,"meta":{"a":"b"},"metrics":{"m":1.5}}]]',
    ),
  );
  expect(decodeMessagePack(encodeMsgpack({}))).toEqual({ error: 'bad_payload', path: '' });
  expect(decodeMessagePack(encodeMsgpack([{}]))).toEqual({ error: 'bad_payload', path: '[0]' });
  expect(decodeMessagePack(encodeMsgpack([[null]]))).toEqual({ error: 'bad_span', path: '[0][0]' });
});

test('what an Agent takes of MessagePack and not of JSON: signed ids, bytes for texts, numbers that are none, missing ids of chunks that it drops', () => {
  const bytes = new TextEncoder().encode('SELECT 1');
  const packed = (over: object): Uint8Array =>
    encodeMsgpack([[{ trace_id: -5n, span_id: -6, parent_id: -(2n ** 63n), ...over }]], { useBigInt64: true });
  const ids = { traceHigh: 0xffffffff, traceLow: 0xfffffffb, spanHigh: 0xffffffff, spanLow: 0xfffffffa };
  expect(decodeMessagePack(packed({}))).toMatchObject([[{ ...ids, parentHigh: 0x80000000, parentLow: 0 }]]);
  const [[span] = []] = decodeMessagePack(
    packed({ resource: bytes, meta: { a: bytes }, metrics: { a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: 1 } }),
  ) as DatadogSpan[][];
  expect([span?.resource, span?.meta, span?.metrics]).toEqual(['SELECT 1', { a: 'SELECT 1' }, { c: 1 }]);
  for (const id of [{ trace_id: 0 }, { span_id: 0n }, { trace_id: null }])
    expect(decodeMessagePack(packed(id))).toEqual({ error: 'bad_span', path: '[0][0]' });
  expect(decodeTraces('[[{"trace_id":-5,"span_id":6}]]')).toMatchObject({ error: 'bad_span' });
});

test('bytes, a time and an extension of MessagePack are no maps', () => {
  for (const value of [new Uint8Array([1, 2]), new Uint8Array(0), new Date(), new ExtData(5, new Uint8Array([1]))]) {
    const payload = (one: object): Uint8Array => encodeMsgpack([[one]], { useBigInt64: true });
    for (const key of ['meta', 'metrics', 'meta_struct'])
      expect(decodeMessagePack(payload({ trace_id: 5, span_id: 6, [key]: value })), key).toEqual({
        error: 'bad_span',
        path: `[0][0].${key}`,
      });
    expect(decodeMessagePack(payload(value))).toEqual({ error: 'bad_span', path: '[0][0]' });
  }
});

test('of events and links those that are none are left out alone, counted; a text of none stays, but is never cut', () => {
  const read = (meta: Record<string, string>) =>
    readEvents(first(`[[${span(`,"meta":${JSON.stringify(meta)},"metrics":{"otel.dropped_links_count":1}`)}]]`));
  const some = read({
    events: '[{"name":"a","time_unix_nano":1},{"name":7},null,{"name":"b","time_unix_nano":-1},{"name":"c"}]',
    '_dd.span_links': '[{"trace_id":"zz","span_id":"1"},{"trace_id":"1","span_id":"2"},{"trace_id":"1","span_id":""}]',
  });
  expect([some.events?.map(({ name }) => name), some.links?.map(({ spanId }) => spanId)]).toEqual([['a', 'c'], ['0000000000000002']]);
  expect([some.meta, some.metrics]).toEqual([{}, { 'otel.dropped_events_count': 3, 'otel.dropped_links_count': 3 }]);
  const own = read({ events: '["mine"]' });
  expect([own.events, own.meta, own.metrics]).toEqual([undefined, { events: '["mine"]' }, { 'otel.dropped_links_count': 1 }]);
  for (const events of [`["${'é'.repeat(12_500)}"]`, `{"a":"${'x'.repeat(25_000)}"}`]) {
    const long = read({ events });
    expect([long.events, long.meta, long.metrics['otel.dropped_attributes_count']]).toEqual([undefined, {}, 1]);
  }
  const typed = first(`[[${span(`,"span_events":[{"name":"typed"}],"meta":${JSON.stringify({ events: `["${'x'.repeat(25_000)}"]` })}`)}]]`);
  expect(readEvents(typed)).toMatchObject({ events: [{ name: 'typed' }], meta: {}, metrics: { 'otel.dropped_attributes_count': 1 } });
});

test('binary values of a server stay as they are, from MessagePack and from JSON', () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index & 0xff);
  const text = Buffer.from(bytes).toString('base64');
  const json = decodeTraces(`[[${span(`,"meta_struct":{"_dd.stack":"${text}","none":null,"short":"AQ=="}`)}]]`);
  const packed = encodeMsgpack(
    [
      [
        {
          trace_id: 11468520459543254234n,
          span_id: 18446744073709551615n,
          meta_struct: { '_dd.stack': bytes, none: null, short: new Uint8Array([1]) },
        },
      ],
    ],
    { useBigInt64: true },
  );
  expect(decodeMessagePack(packed)).toEqual(json);
  expect(isRefusal(json) ? json : json[0]![0]!.metaStruct).toEqual({ '_dd.stack': text, none: '', short: 'AQ==' });
  expect(isRefusal(json) ? json : decodeTraces(encodeTraces(json))).toEqual(json);
  for (const bad of ['"A"', '"A==="', '"AQ=="x', '"ÄQ=="', '"A=Q="', '{}', '1']) {
    expect(decodeTraces(`[[${span(`,"meta_struct":{"k":${bad.endsWith('x') ? '"AQ==x"' : bad}}`)}]]`)).toMatchObject({ error: 'bad_span' });
  }
});

test('asked to, it reads as an Agent does: what that drops alone is left out alone, and said', () => {
  const one = (trace: number, id: number, more = ''): string => `{"trace_id":${trace},"span_id":${id}${more}}`;
  const dropped: string[] = [];
  const read = decodeTraces(
    `[[${one(1, 1)},${one(2, 2)}],[],[${one(3, 3, ',"duration":-5,"start":-9223372036854775808')}],[${one(4, 4)},${one(4, 0)},${one(4, 5)}],[${one(0, 6)}],` +
      `[${one(5, 7, ',"meta":{"_dd.p.tid":"6745a1c400000000"}')},${one(5, 8, ',"meta":{"_dd.p.tid":"6745a1c400000001"}')}]]`,
    { onDrop: (reason, count) => dropped.push(`${reason} ${count}`) },
  );
  expect(dropped).toEqual(['mixed_trace_ids 2', 'zero_id 3', 'zero_id 1', 'mixed_trace_ids 2']);
  expect(read).toMatchObject([[{ traceLow: 3, startSeconds: 0, durationSeconds: 0, durationNanos: 0 }]]);
  expect(decodeTraces('[[null]]', { onDrop: () => {} })).toMatchObject({ error: 'bad_span' });
  expect(decodeTraces(`[[${one(3, 3, ',"duration":-5')}]]`)).toEqual({ error: 'bad_span', path: '[0][0].duration' });
});
