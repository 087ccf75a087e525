import { gunzipSync, gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import type { Random } from '../../campaign/random.ts';
import { headerValues, lineValues, methods, paths } from './dictionary.ts';
import { join, mutateBytes, mutateGzip, mutateJson } from './mutate.ts';
import recorded from './recorded.json' with { type: 'json' };

/** A recorded body, taken apart. */
export interface CorpusEntry {
  readonly line: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** What is sent, and what was done to it. */
export interface FuzzInput {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** How the body comes: whole, in pieces, or torn off. */
  readonly delivery: 'whole' | 'pieces' | 'torn';
  readonly layers: readonly string[];
}

export const layers = ['text', 'gzip', 'line', 'line text', 'body', 'request', 'token'] as const;

/** What gets through where it stands: of a page, of a server, and the client token of the Browser SDK. */
export interface Secrets {
  readonly page: string;
  readonly server: string;
  readonly client: string;
}

export function readCorpus(): CorpusEntry[] {
  return recorded.map((base64) => {
    const bytes = Buffer.from(base64, 'base64');
    const end = bytes.indexOf(10);
    return { line: JSON.parse(bytes.subarray(0, end).toString()), text: gunzipSync(bytes.subarray(end + 1)).toString() };
  });
}

/** One input: a recorded body with one or two of its layers changed; one in fifty stays as it is. */
export function makeInput(random: Random, corpus: readonly CorpusEntry[], secrets: Secrets): FuzzInput {
  if (random.chance(0.06)) return forwardInput(random, secrets.client);
  if (random.chance(0.06)) return agentInput(random, corpus, secrets.server);
  const token = secrets.page;
  // The largest is taken seldom: it costs as much as all others.
  const entry = corpus[random.below(corpus.length - (random.chance(0.1) ? 0 : 1))]!;
  const chosen = new Set<string>();
  if (!random.chance(0.02)) for (let times = random.chance(0.3) ? 2 : 1; times > 0; times--) chosen.add(random.pick(layers));

  const text = chosen.has('text') ? mutateJson(random, entry.text) : entry.text;
  const raw = new TextEncoder().encode(text);
  const isGzip = random.chance(chosen.has('gzip') ? 0.95 : 0.7);
  const gzip = (): Uint8Array => gzipSync(raw, { level: random.chance(0.1) ? random.below(10) : 1 });
  let payload: Uint8Array = isGzip ? gzip() : raw;
  if (chosen.has('gzip')) payload = isGzip ? mutateGzip(random, raw, payload) : mutateBytes(random, payload);

  const fields: Record<string, unknown> = {
    ...entry.line,
    client: Array.from({ length: 4 }, () => random.below(0x1_0000_0000).toString(16).padStart(8, '0')).join(''),
    seq: random.below(1_000),
    enc: isGzip ? 'gzip' : 'identity',
    raw: raw.length,
    token,
  };
  // Elements come and go by mutation; most of the time the line is right about it, or nothing behind would be reached.
  if (chosen.has('text') && random.chance(0.9)) fields['spans'] = countOf(text);
  if (chosen.has('line')) {
    for (let times = 1 + random.below(2); times > 0; times--) fields[random.pick(Object.keys(fields))] = random.pick(lineValues);
    if (random.chance(0.2)) fields['x'.repeat(random.below(2_100))] = 1;
  }
  if (chosen.has('token')) fields['token'] = mutateToken(random, token);
  let line: Uint8Array = new TextEncoder().encode(JSON.stringify(fields));
  if (chosen.has('line text')) {
    line = random.chance(0.5) ? mutateBytes(random, line) : new TextEncoder().encode(mutateJson(random, JSON.stringify(fields)));
  }
  let body = join(line, Uint8Array.of(10), payload);
  if (chosen.has('body')) body = mutateBytes(random, body);
  if (random.chance(0.001)) body = join(body, random.bytes(1), new Uint8Array(140_000));

  const headers = new Headers({ origin: 'https://shop.example' });
  let url = 'http://proxy.test/t';
  let method = 'POST';
  if (chosen.has('request')) {
    url = `http://proxy.test${random.pick(paths)}`;
    method = random.pick(methods);
    for (let times = random.below(3); times > 0; times--) {
      const name = random.pick(Object.keys(headerValues));
      headers.set(name, random.pick(headerValues[name]!));
    }
    if (random.chance(0.2)) headers.delete('origin');
  }
  const delivery = random.chance(0.002) ? 'torn' : random.chance(0.02) ? 'pieces' : 'whole';
  return { url, method, headers, body, delivery, layers: [...chosen] };
}

/** What Datadog's Browser SDK sends by way of the proxy, its target changed. */
function forwardInput(random: Random, client: string): FuzzInput {
  const path = random.pick(['/api/v2/rum', '/api/v2/logs', '/api/v2/replay', '/api/v2/profile']);
  const query = `ddsource=browser&ddtags=a:b&dd-api-key=${client}&dd-evp-origin=browser&dd-request-id=${random.below(1e9)}&batch_time=1`;
  let target = `${path}?${query}`;
  const isChanged = random.chance(0.8);
  if (isChanged) {
    const at = random.below(target.length);
    target = random.pick([
      target.slice(0, at) + random.pick(targetPieces) + target.slice(at),
      target.slice(0, at) + random.pick(targetPieces),
      random.pick(targetPieces) + target,
      target.replace(path, random.pick(targetPieces)),
      target.replace(client, random.pick(['pub0', '', client.toUpperCase(), `${client}0`, '__proto__'])),
      `${target}&${random.pick(targetPieces)}=${random.pick(targetPieces)}`,
    ]);
  }
  const written = random.chance(0.9) ? encodeURIComponent(target.toWellFormed()) : target;
  const headers = new Headers({ origin: 'https://shop.example', 'content-type': random.pick(contentTypes) });
  if (random.chance(0.1)) headers.delete('origin');
  const url = `http://proxy.test/t?ddforward=${written}${random.chance(0.1) ? `&ddforward=${random.pick(targetPieces)}` : ''}`;
  return { url, method: 'POST', headers, body: random.bytes(random.below(300)), delivery: 'whole', layers: ['ddforward'] };
}

const targetPieces: readonly string[] = [
  '//evil.example',
  'https://evil.example',
  '@evil.example',
  '.evil.example/',
  '/../',
  '/%2e%2e/',
  '\\evil.example',
  '?',
  '#',
  '&dd-api-key=x&',
  '%0d%0aHost: evil.example',
  '\r\n',
  '\u0000',
  '/api/v2/spans',
  '/api/v2/rum/../../v1/validate',
  '/API/V2/RUM',
  '/api/v2/rum;x',
  'ddforwardSubdomain',
  ':8080',
  'é',
  '\ud800',
  '__proto__',
  'x'.repeat(3_000),
];
const contentTypes: readonly string[] = [
  'text/plain;charset=UTF-8',
  'application/json',
  'application/octet-stream',
  'multipart/form-data; boundary=----x',
  `multipart/form-data; boundary=${'x'.repeat(100)}`,
  'multipart/form-data; boundary=a"b',
];

/** What a tracer of Datadog's sends to an Agent, JSON or MessagePack, gzip or not. */
function agentInput(random: Random, corpus: readonly CorpusEntry[], token: string): FuzzInput {
  const text = corpus[random.below(corpus.length - 1)]!.text;
  const changed = random.chance(0.5) ? mutateJson(random, text) : text;
  const isPacked = random.chance(0.6);
  let body: Uint8Array<ArrayBuffer> = new TextEncoder().encode(changed);
  if (isPacked) body = Uint8Array.from(encode(JSON.parse(text), { useBigInt64: true }));
  if (random.chance(isPacked ? 0.7 : 0.3)) body = mutateBytes(random, body);
  if (random.chance(0.2)) body = Uint8Array.from(gzipSync(body, { level: 1 }));
  if (random.chance(0.1)) body = mutateBytes(random, body);
  const headers = new Headers({
    authorization: `Bearer ${random.chance(0.9) ? token : String(mutateToken(random, token)).replace(/[^ -~]/g, '?')}`,
  });
  headers.set('content-type', random.pick(['application/json', 'application/msgpack', '']));
  headers.set('datadog-meta-lang', random.pick(['python', 'x'.repeat(200), 'a b']));
  if (random.chance(0.1)) headers.set('origin', 'https://shop.example');
  return {
    url: 'http://proxy.test/v0.4/traces',
    method: random.pick(['PUT', 'POST']),
    headers,
    body,
    delivery: 'whole',
    layers: ['agent form'],
  };
}

/** Undefined where no host would hand such a request over. */
export function toRequest(input: FuzzInput): Request | undefined {
  const { url, method, headers, body, delivery } = input;
  const hasBody = !/^(get|head)$/i.test(method);
  try {
    return new Request(url, {
      method,
      headers,
      ...(hasBody && { body: delivery === 'whole' ? body : streamOf(body, delivery), duplex: 'half' }),
    } as RequestInit);
  } catch {
    return undefined;
  }
}

function streamOf(body: Uint8Array<ArrayBuffer>, delivery: 'pieces' | 'torn'): ReadableStream<Uint8Array> {
  let at = 0;
  const step = Math.max(1, Math.floor(body.length / 7));
  return new ReadableStream({
    pull(controller) {
      if (delivery === 'torn' && at >= body.length / 2) controller.error(new TypeError('gone'));
      else if (at >= body.length) controller.close();
      else {
        controller.enqueue(body.slice(at, at + step));
        at += step;
      }
    },
  });
}

/** How many spans a text seems to hold. */
function countOf(text: string): number {
  try {
    return (JSON.parse(text) as unknown[][]).reduce((sum, chunk) => sum + chunk.length, 0);
  } catch {
    return text.split('"span_id"').length - 1;
  }
}

/** Changes characters of a token, its parts, or the whole. */
export function mutateToken(random: Random, token: string): unknown {
  const at = random.below(token.length);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
  switch (random.below(6)) {
    case 0:
      return token.slice(0, at) + random.pick([...alphabet]) + token.slice(at + 1);
    case 1:
      return token.slice(0, at);
    case 2:
      return token.slice(0, at) + random.pick([...alphabet]) + token.slice(at);
    case 3:
      return random.pick([
        '',
        '.',
        '..',
        '...',
        'a.b.c',
        `${token}.`,
        `.${token}`,
        `${token} `,
        token.toUpperCase(),
        '\u0000',
        'é',
        'x'.repeat(1_024),
      ]);
    case 4:
      return token.split('.').reverse().join('.');
    default:
      return random.pick([undefined, null, 7, [], {}, true]);
  }
}
