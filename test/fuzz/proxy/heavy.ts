import { gzipSync } from 'node:zlib';
import { createIntakeProxy, hmacTokens, mintToken } from '../../../src/entries/proxy.ts';
import { createTokenKey } from '../../../src/proxy/token-keys.ts';
import { maxAgentFormBytes, maxInflatedBytes, maxRequestBytes } from '../../../src/trace/limits.ts';
import { envelopeOf } from '../../campaign/proxy/envelopes.ts';
import { pageOrigin } from '../../campaign/proxy/page-origin.ts';
import { createRandom, type Random, seedOf } from '../../campaign/random.ts';

export interface HeavyResult {
  readonly ranCount: number;
  readonly codes: ReadonlyMap<string, number>;
  /** CPU of the slowest ten, with how to make each again. */
  readonly slowest: readonly { readonly millis: number; readonly what: string }[];
  readonly medianMillis: number;
}

/** What patterns for secrets begin with, what JSON begins with, and what neither likes. */
const parts: readonly string[] = [
  '=/',
  '/',
  ' /',
  '(/a?',
  'a',
  'é',
  'a.',
  '@',
  'a@',
  '@a.',
  'x@a.b ',
  'eyJ',
  'eyJaaaaaaaa.',
  ' eyJaaaaaaaaaa.bb',
  'Bearer ',
  'basic  ',
  'Bearer aaaaaa ',
  '1',
  '1 ',
  '4111 ',
  '4111-',
  'token=',
  'password: ',
  '"api_key":"',
  'sk-',
  'ghp_',
  'xoxb-',
  'AKIA',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  'http://',
  'http://a@',
  'http://a/?',
  'http://a/?b=c&',
  'a://b?c#d ',
  '?',
  '#',
  '&',
  '\\u0041',
  '\\n',
  '\\ud800',
  '🛒',
  ' ',
  '-',
  '::',
  'f:',
  '1.1.1.1 ',
  'AC0',
  'SG.',
  'pypi-',
  '/;a=',
  '%26a%3D',
  '/token/',
  'a:b@',
  'key: ',
  '#/a?',
  '%40',
]; // prettier-ignore

const span = (index: number, inside: string): string =>
  `{"trace_id":7,"span_id":${index + 1},"service":"s","name":"n","resource":"r","start":1795477916860123047,"duration":1,${inside}}`;

/** What is no event and no link, or hardly one. */
const noItems: readonly string[] = ['0', '{}', '[]', 'null', '-1', 'true'];

/** 2 MiB, as much as a proxy inflates, in the shape that costs it most: one value, many tags, many spans, numbers, depth. */
const shapes: Readonly<Record<string, (random: Random, part: string, bytes: number) => { text: string; spanCount: number }>> = {
  'one value': (_, part, bytes) => one(`"meta":{"note":"${part.repeat(bytes / part.length)}"}`),
  'one value of two parts': (random, part, bytes) =>
    one(`"meta":{"note":"${`${part}${random.pick(parts)}`.repeat(bytes / (part.length + 12))} @#?eyJ token 4111"}`),
  resource: (_, part, bytes) => one(`"resource":"${part.repeat(bytes / part.length)}"`),
  'an address': (_, part, bytes) => one(`"meta":{"http.url":"https://h.example/?${part.repeat(bytes / part.length)}"}`),
  'tags of one span': (_, part, bytes) => one(`"meta":{${members(part, bytes)}}`),
  'tags of many spans': (_, part, bytes) => many(500, (index) => `"meta":{${members(`${part}${index}`, bytes / 500 - 150)}}`),
  metrics: (random, _, bytes) =>
    one(
      `"metrics":{${Array.from({ length: bytes / 30 }, (_, index) => `"k${index}":${random.pick(['1', '1e308', '0.123456789', '18446744073709551615'])}`)}}`,
    ),
  'numbers to skip': (_, __, bytes) => one(`"x":[${'18446744073709551615,'.repeat(bytes / 21)}1]`),
  'objects to skip': (_, __, bytes) => one(`"x":[${'{"a":{"b":[]}},'.repeat(bytes / 15)}1]`),
  events: (_, part, bytes) =>
    one(`"meta":{"events":"[${`{\\"name\\":\\"${part.replaceAll('\\', '')}\\",\\"time_unix_nano\\":1},`.repeat(bytes / 40)}{}]"}`),
  'events that are none': (random, _, bytes) => one(`"meta":{"events":"[${items(random, bytes)}]"}`),
  'links that are none, of many spans': (random, _, bytes) =>
    many(500, () => `"meta":{"_dd.span_links":"[${items(random, bytes / 500 - 150)}]"}`),
  'an array of an event': (random, _, bytes) => one(`"meta":{"events":"[{\\"attributes\\":{\\"a\\":[${items(random, bytes)}]}}]"}`),
  'typed events': (_, part, bytes) =>
    one(`"span_events":[${`{"name":"${part}","time_unix_nano":1},`.repeat(bytes / (part.length + 32))}{}]`),
  'white space': (_, __, bytes) => one(`"x":${' '.repeat(bytes)}1`),
};
const one = (inside: string): { text: string; spanCount: number } => ({ text: `[[${span(0, inside)}]]`, spanCount: 1 });
const many = (count: number, inside: (index: number) => string): { text: string; spanCount: number } => ({
  text: `[[${Array.from({ length: count }, (_, index) => span(index, inside(index)))}]]`,
  spanCount: count,
});
const items = (random: Random, bytes: number): string => {
  const item = `${random.pick(noItems)},`;
  return `${item.repeat(bytes / item.length)}0`;
};
const members = (part: string, bytes: number): string =>
  Array.from({ length: Math.max(1, bytes / (part.length + 18)) }, (_, index) => `"k${index}":"@ ${part}${index}"`).join();

const agentBytes = maxAgentFormBytes - 64;
/** A list that says its length. */
const packed = (head: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(agentBytes).fill(head);
  bytes.set([0x91, 0xdd]);
  new DataView(bytes.buffer).setUint32(2, agentBytes - 6);
  return bytes;
};
const packedMetrics = (head: number, fill: number): Uint8Array<ArrayBuffer> => {
  const start = [0x91, 0x91, 0x83, 0xa8, ...ascii('trace_id'), 1, 0xa7, ...ascii('span_id'), 1, 0xa7, ...ascii('metrics'), head];
  const bytes = new Uint8Array(agentBytes).fill(fill);
  bytes.set(start);
  new DataView(bytes.buffer).setUint32(start.length, agentBytes - start.length - 4);
  return bytes;
};
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** 10 MiB in the Agent's form, of what costs its reader most: much that is made of few bytes, and a long value of a wrong kind. */
const agentShapes: Readonly<Record<string, () => Uint8Array<ArrayBuffer>>> = {
  'MessagePack of empty maps': () => packed(0x80),
  'MessagePack of empty lists': () => packed(0x90),
  'MessagePack of nil': () => packed(0xc0),
  'metrics that are a text': () => packedMetrics(0xdb, 0x61),
  'metrics that are bytes': () => packedMetrics(0xc6, 1),
  'JSON of empty maps': () => Uint8Array.from(ascii(`[[{"trace_id":1,"span_id":1,"x":[${'{},'.repeat(agentBytes / 3 - 20)}0]}]]`)),
};

/** Throws the largest and worst bodies at a proxy, `count` of pages and each of the Agent's form once, with redaction on, and measures CPU. */
export async function runHeavy(seed: number, count: number): Promise<HeavyResult> {
  const proxy = createIntakeProxy({
    upstream: async () => ({ status: 'ok' }),
    allowOrigins: [pageOrigin],
    auth: 'none',
    rateLimit: 'none',
    log: () => {},
  });
  const codes = new Map<string, number>();
  const taken: { millis: number; what: string }[] = [];
  const names = Object.keys(shapes);
  for (let index = 0; index < count; index++) {
    const random = createRandom(seedOf(seed, index));
    // Every part in every shape before any comes twice.
    const name = names[index % names.length]!;
    const part = parts[Math.floor(index / names.length) % parts.length]!;
    const { text, spanCount } = shapes[name]!(random, part, maxInflatedBytes - 100_000);
    const raw = new TextEncoder().encode(text);
    // So even a text has a ratio that is refused; noise that is skipped makes room for it.
    const payload = withNoise(random, raw);
    const body = envelopeOf(
      {
        client: random
          .below(2 ** 32)
          .toString(16)
          .padStart(32, '0'),
        seq: index,
        raw: payload.rawBytes,
        spans: spanCount,
      },
      payload.gzip,
    );
    const start = process.threadCpuUsage();
    const response = await proxy.fetch(new Request('http://proxy.test/t', { method: 'POST', headers: { origin: pageOrigin }, body }));
    const { user, system } = process.threadCpuUsage(start);
    const text200 = await response.text();
    const code = response.status === 202 ? '202' : (/"error":"(\w+)"/.exec(text200)?.[1] ?? `${response.status}`);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    taken.push({ millis: (user + system) / 1000, what: `#${index} ${name}, ${JSON.stringify(part)}: ${code}` });
  }
  const keys = createTokenKey('k1');
  const token = await mintToken({ keys, server: true });
  const agentProxy = createIntakeProxy({
    upstream: async () => ({ status: 'ok' }),
    allowOrigins: [],
    auth: hmacTokens({ keys }),
    agentForm: true,
    rateLimit: 'none',
    log: () => {},
  });
  for (const [name, make] of Object.entries(agentShapes)) {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': name.startsWith('JSON') ? 'application/json' : 'application/msgpack',
    };
    const request = new Request('http://proxy.test/v0.4/traces', { method: 'PUT', headers, body: make() });
    const start = process.threadCpuUsage();
    const response = await agentProxy.fetch(request);
    const { user, system } = process.threadCpuUsage(start);
    const code = /"error":"(\w+)"/.exec(await response.text())?.[1] ?? `${response.status}`;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    taken.push({ millis: (user + system) / 1000, what: `Agent's form, ${name}: ${code}` });
  }
  taken.sort((a, b) => b.millis - a.millis);
  return { ranCount: taken.length, codes, slowest: taken.slice(0, 10), medianMillis: taken[Math.floor(taken.length / 2)]?.millis ?? 0 };
}

/** A gzip member of the text that the limit on the ratio lets through: a name in its header takes as many bytes as are missing. */
function withNoise(random: Random, raw: Uint8Array): { gzip: Uint8Array; rawBytes: number } {
  const gzip = gzipSync(raw, { level: 6 });
  const missing = Math.ceil(raw.length / 250) - gzip.length;
  if (missing <= 0 || gzip.length > maxRequestBytes - 3_000) return { gzip, rawBytes: raw.length };
  const name = random.bytes(missing).map((byte) => byte | 1);
  const padded = new Uint8Array(gzip.length + name.length + 1);
  padded.set(gzip.subarray(0, 10));
  padded[3] = 8;
  padded.set(name, 10);
  padded.set(gzip.subarray(10), 10 + name.length + 1);
  return { gzip: padded, rawBytes: raw.length };
}
