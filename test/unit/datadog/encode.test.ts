import { afterEach, describe, expect, test } from 'vitest';
import { estimateSpanBytes, groupByTrace, toChunkSpan } from '../../../src/datadog/chunk.ts';
import { decodeTraces } from '../../../src/datadog/decode.ts';
import { encodePieces } from '../../../src/datadog/encode.ts';
import { encodeTraces } from '../../../src/datadog/encode-traces.ts';
import { printTypedEvents } from '../../../src/datadog/print-typed-events.ts';
import { LocalTrace } from '../../../src/trace/local-trace.ts';
import type { SpanEvent } from '../../../src/trace/span-data.ts';
import { finished, link, printed, received, receivedOne } from './spans.ts';

const event = (name: string, attributes?: SpanEvent['attributes']): SpanEvent => ({
  name,
  seconds: 1_790_000_000,
  nanos: 1_000_001,
  attributes,
  droppedAttributesCount: 0,
});

test('prints a span with exact integers', () => {
  expect(printed([finished({ parentHigh: 0xffffffff, parentLow: 0xffffffff, kind: 1, attributes: { 'span.type': 'web' } })])).toBe(
    '[[{"trace_id":790211418057950173,"span_id":9223372036854775807,"parent_id":18446744073709551615,"start":1790000000000000000,' +
      '"duration":10000000,"service":"golden-service","name":"server.request","resource":"op","type":"web","error":0,' +
      '"meta":{"language":"javascript","span.kind":"server","env":"golden-env","version":"1.2.3","_dd.p.tid":"6b0528ce00000000"},' +
      '"metrics":{"_dd.top_level":1,"_sampling_priority_v1":1}}]]',
  );
});

test('no span is an empty payload', () => {
  expect(printed([])).toBe('[]');
});

test('events are a tag, or typed where the receiver takes them, never both', () => {
  const events = [event('bare'), event('e', { s: 'v', b: true, i: 1, d: 1.5, big: 1e20, a: [3, 4], mixed: [1, 2.5], none: [] })];
  const [chunk] = JSON.parse(printed([finished({ events })]));
  expect(chunk[0].meta.events).toBe(
    '[{"name":"bare","time_unix_nano":1790000000001000001},{"name":"e","time_unix_nano":1790000000001000001,"attributes":' +
      '{"s":"v","b":true,"i":1,"d":1.5,"big":100000000000000000000,"a":[3,4],"mixed":[1,2.5],"none":[]}}]',
  );
  expect(chunk[0]).not.toHaveProperty('span_events');
  const typed = printed([finished({ events })], { printEvents: printTypedEvents });
  expect(typed).not.toContain('"events"');
  expect(typed).toContain(
    '"span_events":[{"name":"bare","time_unix_nano":1790000000001000001},{"name":"e","time_unix_nano":1790000000001000001,"attributes":{' +
      '"s":{"type":0,"string_value":"v"},"b":{"type":1,"bool_value":true},"i":{"type":2,"int_value":1},"d":{"type":3,"double_value":1.5},' +
      '"big":{"type":3,"double_value":100000000000000000000.0},' +
      '"a":{"type":4,"array_value":{"values":[{"type":2,"int_value":3},{"type":2,"int_value":4}]}},' +
      '"mixed":{"type":4,"array_value":{"values":[{"type":3,"double_value":1.0},{"type":3,"double_value":2.5}]}}}}]',
  );
});

test('links are a tag in hex', () => {
  const [chunk] = JSON.parse(printed([finished({ links: [link(), link({ k: 'v' }, { traceFlags: 0 })] })]));
  expect(chunk[0].meta['_dd.span_links']).toBe(
    '[{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","flags":1},' +
      '{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","attributes":{"k":"v"},"flags":0}]',
  );
});

describe('tags of JSON stay below 25,000 bytes', () => {
  test('the newest events stay, whole, the rest is counted', () => {
    const events = Array.from({ length: 100 }, (_, index) => event(`e${index}`, { text: 'é'.repeat(200) }));
    const span = received([finished({ events, droppedEventsCount: 1 })])[0]![0]!;
    const kept = span.events!;
    expect(kept.length).toBeGreaterThan(40);
    expect(kept.length).toBeLessThan(60);
    expect(kept.at(-1)!.name).toBe('e99');
    expect(kept[0]!.name).toBe(`e${100 - kept.length}`);
    expect(span.metrics['otel.dropped_events_count']).toBe(1 + 100 - kept.length);
    const [[wire]] = JSON.parse(printed([finished({ events })]));
    const bytes = Buffer.byteLength(wire.meta.events);
    expect(bytes).toBeLessThan(25_000);
    expect(bytes).toBeGreaterThan(24_000);
  });

  test('the newest of all loses its attributes before it is left out', () => {
    const span = receivedOne({ events: [event('old'), event('new', { stack: 'x'.repeat(25_000) })] });
    expect(span.events).toMatchObject([{ name: 'old' }, { name: 'new', attributes: undefined }]);
    const lost = receivedOne({ events: [event('old'), event('n'.repeat(25_000))] });
    expect(lost.events).toBeUndefined();
    expect(lost.metrics['otel.dropped_events_count']).toBe(2);
  });

  test('links too', () => {
    const span = receivedOne({ links: Array.from({ length: 50 }, (_, index) => link({ text: 'x'.repeat(990), n: index })) });
    expect(span.links!.length).toBeLessThan(25);
    expect(span.links!.at(-1)!.attributes!['n']).toBe('49');
    expect(span.metrics['otel.dropped_links_count']).toBe(50 - span.links!.length);
  });
});

test('half characters become U+FFFD, in keys, values and events; backslashes stay', () => {
  const text = 'a\ud800b\\ud800\\\ude00😀';
  const clean = 'a\ufffdb\\ud800\\\ufffd😀';
  const wire = printed([
    finished({ name: text, attributes: { [text]: text }, events: [event(text, { [text]: [text] })], links: [link({ [text]: text })] }),
  ]);
  expect(wire).not.toMatch(/[^\\](?:\\\\)*\\ud/);
  const span = received([
    finished({ name: text, attributes: { [text]: text }, events: [event(text, { [text]: [text] })], links: [link({ [text]: text })] }),
  ])[0]![0]!;
  expect(span.resource).toBe(clean);
  expect(span.meta[clean]).toBe(clean);
  expect(span.events![0]).toMatchObject({ name: clean, attributes: { [clean]: [clean] } });
  expect(span.links![0]!.attributes).toEqual({ [clean]: clean });
});

describe('a page that gives built-in prototypes a toJSON', () => {
  const prototypes = [Object.prototype, Array.prototype, String.prototype, Number.prototype] as unknown as { toJSON?: unknown }[];
  afterEach(() => {
    for (const prototype of prototypes) delete prototype.toJSON;
  });
  test('changes nothing', () => {
    const spans = [
      finished({
        attributes: { a: 'b', n: 1, toJSON: 'x' },
        events: [event('e', { list: ['a', 'b'], s: 'v' })],
        links: [link({ k: 'v' })],
      }),
    ];
    const before = printed(spans);
    for (const prototype of prototypes) prototype.toJSON = () => 'hostile';
    expect(printed(spans)).toBe(before);
  });
});

describe('chunks', () => {
  const low = (name: string, trace: LocalTrace, startNanos: number, isLocalRoot = false) =>
    finished({ name, trace, startNanos, isLocalRoot, parentService: isLocalRoot ? undefined : 'golden-service' });
  const names = (spans: Parameters<typeof received>[0]) => received(spans).map((chunk) => chunk.map((span) => span.resource));

  test('one per trace, in order of start, the parent first where times are equal', () => {
    const one = new LocalTrace('', 0, 1);
    const two = new LocalTrace('', 0, 2);
    expect(
      names([low('c', one, 30), low('x', two, 5), low('b', one, 20), low('child', one, 10), low('root', one, 10, true), low('y', two, 6)]),
    ).toEqual([
      ['root', 'child', 'b', 'c'],
      ['x', 'y'],
    ]);
  });

  test('the first span of every chunk carries the trace tags; the root what was decided', () => {
    const decision = { priority: 2, mechanism: 3, ruleRate: 0.5, limitRate: 0.75 };
    const trace = new LocalTrace('00000000000000ff', 1, 2, () => decision);
    Object.assign(trace.tags, { '_dd.p.ksr': '0.5', '_dd.p.usr': 'u' });
    trace.lastParentId = '00f067aa0ba902b7';
    trace.origin = 'rum';
    const chunkTags = { '_dd.p.tid': '00000000000000ff', '_dd.p.dm': '-3', '_dd.p.ksr': '0.5', '_dd.p.usr': 'u' };
    const [early] = received([low('child', trace, 5)]);
    expect(early![0]!.meta).toMatchObject({ ...chunkTags, '_dd.origin': 'rum' });
    expect(early![0]!.metrics).toEqual({ _sampling_priority_v1: 2 });
    expect(early![0]!.meta).not.toHaveProperty(['_dd.parent_id']);
    const [late] = received([low('before', trace, 1), low('root', trace, 2, true)]);
    expect(late!.map((span) => span.metrics['_sampling_priority_v1'])).toEqual([2, 2]);
    expect(late![0]!.meta).toMatchObject(chunkTags);
    expect(Object.keys(late![1]!.meta).filter((key) => key.startsWith('_dd.p.'))).toEqual([]);
    expect(late![1]!.meta['_dd.parent_id']).toBe('00f067aa0ba902b7');
    expect(late![1]!.metrics).toMatchObject({ '_dd.rule_psr': 0.5, '_dd.limit_psr': 0.75, '_dd.top_level': 1 });
  });

  test('a trace that is not kept has no decision maker; zero high bits are left out', () => {
    const trace = new LocalTrace('0000000000000000', 0, 1);
    trace.priority = 0;
    trace.isInherited = true;
    Object.assign(trace.tags, { '_dd.p.dm': '-4', '_dd.p.x': 'y' });
    const [[span]] = received([low('root', trace, 0, true)]) as [[ReturnType<typeof receivedOne>]];
    expect(span.metrics['_sampling_priority_v1']).toBe(0);
    expect(Object.keys(span.meta).filter((key) => key.startsWith('_dd.p.'))).toEqual(['_dd.p.x']);
  });

  test('undecided traces are decided', () => {
    const trace = new LocalTrace('', 0, 1, () => ({ priority: 1, mechanism: 0, agentRate: 1 }));
    const [[span]] = received([low('root', trace, 0, true)]) as [[ReturnType<typeof receivedOne>]];
    expect(span.meta['_dd.p.dm']).toBe('-0');
    expect(span.metrics['_dd.agent_psr']).toBe(1);
  });

  test('a span that cannot be mapped or is too long is left out, counted, and the next one carries the tags', () => {
    const trace = new LocalTrace('00000000000000ff', 0, 1);
    const hostile = {
      ...low('hostile', trace, 1),
      get events(): never {
        throw new Error('no');
      },
    };
    const attributes = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, 'x'.repeat(25_000)]));
    const long = { ...low('long', trace, 2), attributes };
    const lost: string[] = [];
    const chunks = received([long, hostile, low('good', trace, 3), finished({ trace: new LocalTrace('', 0, 2), attributes })], {
      onDrop: (reason, span) => lost.push(`${reason} ${span.name}`),
    });
    expect(lost).toEqual(['serialize_error hostile', 'oversize long', 'oversize op']);
    expect(chunks.map((chunk) => chunk.map((span) => span.resource))).toEqual([['good']]);
    expect(chunks[0]![0]!.meta['_dd.p.tid']).toBe('00000000000000ff');
    expect(chunks[0]![0]!.metrics['_sampling_priority_v1']).toBe(1);
  });

  test('metrics of a single-span rule stand on spans of traces that are not kept only', () => {
    const dropped = new LocalTrace('', 0, 1);
    dropped.priority = -1;
    const sampleSpan = () => ({ '_dd.span_sampling.mechanism': 8 });
    expect(toChunkSpan(low('a', dropped, 0), true, sampleSpan).metrics).toMatchObject({ '_dd.span_sampling.mechanism': 8 });
    expect(toChunkSpan(finished(), true, sampleSpan).metrics).not.toHaveProperty(['_dd.span_sampling.mechanism']);
  });
});

test('pieces hold 25 spans, nothing is made before it is asked for, joined they are the payload', () => {
  const trace = new LocalTrace('', 0, 1);
  const spans = Array.from({ length: 60 }, (_, index) => finished({ trace, startNanos: index }));
  let mapped = 0;
  const pieces = encodePieces(groupByTrace(spans), (span, isFirst) => {
    mapped++;
    return toChunkSpan(span, isFirst);
  });
  const first = pieces.next().value!;
  expect(mapped).toBe(25);
  const rest = [...pieces];
  expect(rest).toHaveLength(2);
  expect(Buffer.concat([first, ...rest]).toString()).toBe(printed(spans));
});

test('what toSpan leaves out is not printed and the next one is first', () => {
  const trace = new LocalTrace('', 0, 1);
  const spans = [0, 1, 2].map((index) => finished({ trace, name: `s${index}`, startNanos: index }));
  const firsts: boolean[] = [];
  const pieces = encodePieces(groupByTrace(spans), (span, isFirst) => {
    firsts.push(isFirst);
    return span.name === 's0' ? undefined : toChunkSpan(span, isFirst);
  });
  expect(JSON.parse(Buffer.concat([...pieces]).toString())[0]).toHaveLength(2);
  expect(firsts).toEqual([true, true, false]);
});

test('decoded chunks are printed again; tags of a first span that is left out go to the next', () => {
  const trace = new LocalTrace('00000000000000ff', 0, 1, () => ({ priority: 1, mechanism: 0 }));
  const chunks = received([
    finished({ trace, events: [event('e', { a: [1] })], links: [link({ k: 'v' })] }),
    finished({ trace, name: 'b' }),
  ]);
  expect(decodeTraces(encodeTraces(chunks))).toEqual(
    decodeTraces(
      printed([finished({ trace, events: [event('e', { a: [1] })], links: [link({ k: 'v' })] }), finished({ trace, name: 'b' })]),
    ),
  );
  chunks[0]![0]!.meta = { ...chunks[0]![0]!.meta, big: 'x'.repeat(270_000) };
  const dropped: string[] = [];
  const again = decodeTraces(encodeTraces(chunks, { onDrop: (reason, span) => dropped.push(`${reason} ${span.resource}`) }));
  expect(dropped).toHaveLength(1);
  expect(again).toMatchObject([[{ meta: { '_dd.p.tid': '00000000000000ff', '_dd.p.dm': '-0' }, metrics: { _sampling_priority_v1: 1 } }]]);
});

test('the estimate is near what is printed', () => {
  const spans = [
    finished(),
    finished({ attributes: Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`http.attribute.${index}`, 'some value'])) }),
    finished({ events: [event('e', { text: 'x'.repeat(3000) })], links: [link()] }),
    finished({ exception: { type: 'T', message: 'm', stack: 'at x\n'.repeat(100) } }),
  ];
  for (const span of spans) {
    const bytes = printed([span]).length;
    expect(estimateSpanBytes(span)).toBeGreaterThan(bytes * 0.8);
    expect(estimateSpanBytes(span)).toBeLessThan(bytes * 1.5);
  }
});
