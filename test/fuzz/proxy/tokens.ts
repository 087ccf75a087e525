import { createHmac, randomBytes } from 'node:crypto';
import { hmacTokens, mintToken } from '../../../src/entries/proxy.ts';
import type { EnvelopeLine } from '../../../src/export/envelope.ts';
import { pageOrigin } from '../../campaign/proxy/page-origin.ts';
import { createRandom, type Random, seedOf } from '../../campaign/random.ts';
import { mutateToken } from './inputs.ts';

export interface TokenResult {
  readonly forgedCount: number;
  /** Forgeries that were let in, and tokens in order that were not. */
  readonly failures: readonly string[];
  readonly goodCount: number;
  /** Forgeries by how they were made. */
  readonly kinds: ReadonlyMap<string, number>;
}

const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Throws forged tokens at `hmacTokens`; one in a thousand is in order and must be let in. */
export async function forgeTokens(seed: number, count: number): Promise<TokenResult> {
  const [first, second, foreign] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const keys = `k1:${first.toString('base64url')},k2:${second.toString('base64url')}`;
  const authenticate = hmacTokens({ keys });
  const request = new Request('http://proxy.test/t', { method: 'POST', headers: { origin: pageOrigin } });
  const claims = { origin: pageOrigin, service: 'shop-web', env: 'prod' };
  const failures: string[] = [];
  const kinds = new Map<string, number>();
  let goodCount = 0;
  const ask = async (token: unknown): Promise<boolean> =>
    (await authenticate(request, { token, service: 'shop-web', env: 'prod' } as EnvelopeLine)) !== false;

  const sign = (header: unknown, payload: unknown, key: Buffer): string => {
    const signed = `${part(header)}.${part(payload)}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  };
  const header = { alg: 'HS256', typ: 'JWT', kid: 'k1' };
  const now = (): number => Math.floor(Date.now() / 1000);
  const body = (over: object = {}): object => ({ aud: 'edgespan', iat: now(), exp: now() + 900, ...claims, ...over });

  /** By name, so that what gets through says how. */
  const forge: Readonly<Record<string, (random: Random, good: string) => unknown>> = {
    'characters changed': (random, good) => mutateToken(random, good),
    'one bit of a part': (random, good) => {
      const parts = good.split('.');
      const index = random.below(3);
      const bytes = Buffer.from(parts[index]!, 'base64url');
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      parts[index] = bytes.toString('base64url');
      return parts.join('.');
    },
    'signature cut or grown': (random, good) => {
      const [head, payload, mac] = good.split('.');
      const bytes = Buffer.from(mac!, 'base64url');
      const size = random.pick([0, 1, 16, 31, 33, 64]);
      return `${head}.${payload}.${Buffer.concat([bytes, Buffer.alloc(64)])
        .subarray(0, size)
        .toString('base64url')}`;
    },
    'another writing of the same bytes': (random, good) => {
      const last = good.at(-1)!;
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      // 32 bytes leave two bits of the last character unused.
      const other = alphabet[(alphabet.indexOf(last) & ~3) | ((alphabet.indexOf(last) + 1 + random.below(3)) & 3)]!;
      return random.pick([good.slice(0, -1) + other, `${good}=`, `${good}==`, `${good.replaceAll('_', '/').replaceAll('-', '+')}=`]);
    },
    'no or another algorithm': (random) => {
      const alg = random.pick(['none', 'None', 'NONE', '', 'HS384', 'HS512', 'RS256', 'ES256', 'hs256', null, ['HS256'], 0]);
      const token = sign({ ...header, alg }, body(), random.pick([first, foreign]));
      return random.chance(0.3) ? `${token.split('.').slice(0, 2).join('.')}.` : token;
    },
    'another key': () => sign(header, body(), foreign),
    'a key that is no secret': (random) =>
      sign(
        header,
        body(),
        random.pick([Buffer.alloc(0), Buffer.alloc(32), Buffer.from('k1'), Buffer.from('edgespan'), Buffer.from('secret')]),
      ),
    'the other key id': () => sign({ ...header, kid: 'k2' }, body(), first),
    'an unknown key id': (random) =>
      sign(
        { ...header, kid: random.pick(['k3', '', '__proto__', 'constructor', '../k1', 'k1 ', null, 1, ['k1'], undefined]) },
        body(),
        first,
      ),
    'parts of two tokens': (_, good) => `${part(header)}.${part(body({ server: true }))}.${good.split('.')[2]}`,
    'claims twice': (_, good) => {
      const payload = JSON.stringify(body()).replace('{', '{"origin":"https://evil.example",');
      return `${part(header)}.${part(payload)}.${good.split('.')[2]}`;
    },
    'too old': (random) => {
      const exp = now() - 61 - random.below(1e6);
      return sign(header, body({ iat: exp - 900, exp }), first);
    },
    'not yet': (random) => {
      const iat = now() + 120 + random.below(1e6);
      return sign(header, body({ iat, exp: iat + 900 }), first);
    },
    'lives too long': (random) => sign(header, body({ exp: now() + 901 + random.below(1e9) }), first),
    'times that are none': (random) =>
      sign(header, body({ [random.pick(['iat', 'exp'])]: random.pick([null, '1', 1e300, -1, 0, 2 ** 53, 1.5, [], {}, undefined]) }), first),
    'another audience': (random) =>
      sign(header, body({ aud: random.pick(['edgespan2', '', null, ['edgespan'], { edgespan: 1 }, undefined]) }), first),
    'another origin': (random) =>
      sign(
        header,
        body({ origin: random.pick(['https://evil.example', 'null', `${pageOrigin}/`, `${pageOrigin}:443`, '*', 7, []]) }),
        first,
      ),
    'another service or env': (random) =>
      sign(header, body({ [random.pick(['service', 'env'])]: random.pick(['other', 'shop-web ', 'SHOP-WEB', 1, {}, null]) }), first),
    'server that is no boolean': (random) => sign(header, body({ server: random.pick(['true', 1, {}, []]) }), first),
    'what is no JSON object': (random) =>
      sign(header, random.pick(['[]', '1', 'null', '"x"', '{', '', '\u0000', '{"aud":"edgespan"']), first),
    'a header that is none': (random) => sign(random.pick(['[]', 'null', '{', '', '{"alg":"HS256"}']), body(), first),
  };
  const names = Object.keys(forge);

  let good = '';
  for (let index = 0; index < count; index++) {
    if (index % 1_000 === 0) {
      good = await mintToken({ keys, ...claims });
      goodCount++;
      if (!(await ask(good))) failures.push('a token in order was refused');
    }
    const random = createRandom(seedOf(seed, index));
    const name = random.pick(names);
    const forged = forge[name]!(random, good);
    kinds.set(name, (kinds.get(name) ?? 0) + 1);
    try {
      if (forged !== good && (await ask(forged))) failures.push(`#${index} ${name}: ${String(forged)}`);
    } catch (error) {
      // The line's reader lets text through, nothing else.
      if (typeof forged === 'string') failures.push(`#${index} ${name} threw ${String(error)}`);
    }
  }
  return { forgedCount: count, failures, goodCount, kinds };
}
