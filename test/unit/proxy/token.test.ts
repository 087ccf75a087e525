import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { EnvelopeLine } from '../../../src/export/envelope.ts';
import { mintToken } from '../../../src/proxy/mint-token.ts';
import { hmacTokens } from '../../../src/proxy/token.ts';
import { createTokenKey } from '../../../src/proxy/token-keys.ts';
import { batch } from './upstream/served.ts';

const clock = { millis: 1_795_477_916_860 };
const now = (): number => clock.millis;
const keys = `${createTokenKey('new')},${createTokenKey('old')}`;
const [newKey, oldKey] = keys.split(',') as [string, string];
const claims = { keys, origin: 'https://shop.example', service: 'shop', env: 'prod', now };
const auth = hmacTokens({ keys, now });

const ask = (token: string | undefined, origin: string | null = 'https://shop.example', line: Partial<EnvelopeLine> = {}) =>
  auth(new Request('http://proxy.test/t', { headers: origin === null ? {} : { Origin: origin } }), { ...batch().line, ...line, token });

/** What stands for a page's token that names no holder. */
const signatureOf = (token: string): string => token.split('.')[2]!;

test('a token is taken from its origin, for its service and env, and says what its holder may do', async () => {
  const token = await mintToken({ ...claims, sub: 'user 7' });
  expect(token.length).toBeLessThan(400);
  expect(await ask(token)).toEqual({ id: 'user 7', service: 'shop', env: 'prod' });
  expect(await ask(token, 'https://evil.example')).toBe(false);
  expect(await ask(token, null)).toBe(false);
  expect(await ask(token, undefined, { service: 'other' })).toBe(false);
  expect(await ask(token, undefined, { env: 'staging' })).toBe(false);
  expect(await ask(undefined)).toBe(false);
});

test('two that name no holder, minted in one second, are two', async () => {
  const [one, other] = [await mintToken(claims), await mintToken(claims)];
  expect(await ask(one)).toMatchObject({ proof: signatureOf(one) });
  expect(await ask(other)).toMatchObject({ proof: signatureOf(other) });
  expect(signatureOf(one)).not.toBe(signatureOf(other));
});

test('the version is held as service and env are', async () => {
  const token = await mintToken({ ...claims, version: '1.4.0' });
  expect(await ask(token, undefined, { version: '1.4.0' })).toEqual({
    service: 'shop',
    env: 'prod',
    version: '1.4.0',
    proof: signatureOf(token),
  });
  expect(await ask(token, undefined, { version: '9.9' })).toBe(false);
  expect(await ask(token, undefined, { version: '' }), 'a page says it').toBe(false);
});

test('a server that does not say what its token says is held to it', async () => {
  const token = await mintToken({ keys, server: true, service: 'orders', env: 'prod', version: '2', now });
  const grant = { isServer: true, service: 'orders', env: 'prod', version: '2' };
  expect(await ask(token, null, { service: '', env: '', version: '' })).toEqual(grant);
  expect(await ask(token, null, { service: 'orders', env: 'prod', version: '2' })).toEqual(grant);
  expect(await ask(token, null, { service: 'billing', env: '', version: '' })).toBe(false);
});

test('an env is the same however it is written, and spans are held to what an Agent makes of it and of a service', async () => {
  for (const env of ['Production', 'PROD EU', 'prod_eu_']) {
    const token = await mintToken({ ...claims, service: 'Shop Web', env });
    const said = env.toLowerCase().replace(' ', '_').replace(/_$/, '');
    for (const line of [said, env])
      expect(await ask(token, undefined, { service: 'Shop Web', env: line }), env).toMatchObject({ service: 'shop_web', env: said });
    expect(await ask(token, undefined, { service: 'Shop Web', env: 'staging' })).toBe(false);
  }
  await expect(mintToken({ ...claims, env: '!!' })).rejects.toThrow('`env` must have a letter or a digit: current value is !!');
});

test('a token that would never be taken is not minted', async () => {
  await expect(mintToken({ ...claims, origin: 'https://shop.example/' })).rejects.toThrow(
    '`origin` must be an exact origin like https://shop.example, without path or wildcard: current value is https://shop.example/',
  );
  await expect(mintToken({ ...claims, origin: 'https://*.example' })).rejects.toThrow(TypeError);
  await expect(mintToken({ ...claims, service: 's'.repeat(900) })).rejects.toThrow(
    `Cannot mint a token as \`service\` is too long, it must be within 100 bytes: current value is ${'s'.repeat(50)}… with 900`,
  );
  await expect(mintToken({ ...claims, env: 'é'.repeat(101) })).rejects.toThrow(RangeError);
  await expect(mintToken({ ...claims, sub: 'u'.repeat(900) })).rejects.toThrow(
    '`sub` is too long, a token with it must be within 1024 bytes',
  );
  for (const name of ['sub', 'service', 'env', 'version', 'audience', 'origin'])
    await expect(mintToken({ ...claims, [name]: '' }), name).rejects.toThrow(TypeError);
  const longest = await mintToken({ ...claims, service: 's'.repeat(100), env: 'e'.repeat(200), version: 'v'.repeat(100) });
  expect(longest.length).toBeLessThanOrEqual(1_024);
  expect(await ask(longest, undefined, { service: 's'.repeat(100), env: 'e'.repeat(200), version: 'v'.repeat(100) })).not.toBe(false);
});

test('both live keys verify, another key does not', async () => {
  expect(await ask(await mintToken({ ...claims, keys: oldKey }))).toMatchObject({ service: 'shop' });
  expect(await ask(await mintToken({ ...claims, keys: createTokenKey('new') }))).toBe(false);
  expect(await ask(await mintToken({ ...claims, keys: createTokenKey('third') }))).toBe(false);
});

test('lives a quarter of an hour and a minute of other clocks, no longer', async () => {
  const token = await mintToken(claims);
  const at = async (seconds: number): Promise<boolean> => {
    clock.millis += seconds * 1000;
    const verdict = await ask(token);
    clock.millis -= seconds * 1000;
    return verdict !== false;
  };
  expect([await at(-61), await at(-59), await at(900), await at(959), await at(961)]).toEqual([false, true, true, true, false]);
  await expect(mintToken({ ...claims, lifetimeSeconds: 901 })).rejects.toThrow(
    '`lifetimeSeconds` must be within 1..900: current value is 901',
  );
});

test('a server’s token needs no origin and may live for a year', async () => {
  const token = await mintToken({ keys, server: true, lifetimeSeconds: 31_536_000, now });
  expect(await ask(token, null)).toEqual({ isServer: true });
  expect(await ask(await mintToken({ keys, service: 'shop', now }), null), 'a token without origin that is no server’s').toBe(false);
});

/** What a JOSE library writes, with any header and claims. */
function forge(header: object, payload: object, key = newKey): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac('sha256', Buffer.from(key.split(':')[1]!, 'base64url'))
    .update(signed)
    .digest('base64url')}`;
}

const iat = Math.floor(clock.millis / 1000);
const good = { aud: 'edgespan', iat, exp: iat + 60, origin: 'https://shop.example' };

test('a JOSE library’s token is taken; its tricks are not', async () => {
  const foreign = forge({ alg: 'HS256', kid: 'new' }, good);
  expect(await ask(foreign)).toEqual({ proof: signatureOf(foreign) });
  const none = forge({ alg: 'none', kid: 'new' }, good);
  const tricks: [string, string][] = [
    ['alg none', none],
    ['alg none, no signature', `${none.split('.').slice(0, 2).join('.')}.`],
    ['alg in small letters', forge({ alg: 'hs256', kid: 'new' }, good)],
    ['no kid', forge({ alg: 'HS256' }, good)],
    ['kid of the prototype', forge({ alg: 'HS256', kid: '__proto__' }, good)],
    ['other audience', forge({ alg: 'HS256', kid: 'new' }, { ...good, aud: 'other' })],
    ['list of audiences', forge({ alg: 'HS256', kid: 'new' }, { ...good, aud: ['edgespan'] })],
    ['no exp', forge({ alg: 'HS256', kid: 'new' }, { aud: 'edgespan', iat })],
    ['exp as text', forge({ alg: 'HS256', kid: 'new' }, { ...good, exp: `${iat + 60}` })],
    ['a day', forge({ alg: 'HS256', kid: 'new' }, { ...good, exp: iat + 86_400 })],
    ['issued tomorrow', forge({ alg: 'HS256', kid: 'new' }, { ...good, iat: iat + 86_400, exp: iat + 86_460 })],
    ['origin is no text', forge({ alg: 'HS256', kid: 'new' }, { ...good, origin: ['https://shop.example'] })],
    ['server is no boolean', forge({ alg: 'HS256', kid: 'new' }, { ...good, server: 1 })],
    ['payload is a list', forge({ alg: 'HS256', kid: 'new' }, [good])],
    ['not before tomorrow', forge({ alg: 'HS256', kid: 'new' }, { ...good, nbf: iat + 86_400 })],
    ['an extension that must be understood', forge({ alg: 'HS256', kid: 'new', crit: ['b64'], b64: false }, good)],
    ['four parts', `${forge({ alg: 'HS256', kid: 'new' }, good)}.x`],
    ['old key under the new id', forge({ alg: 'HS256', kid: 'new' }, good, oldKey)],
  ];
  for (const [what, token] of tricks) expect(await ask(token), what).toBe(false);
});

test('no change of a character is taken', async () => {
  const token = await mintToken(claims);
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'ABCXYZabcxyz0189-_.='), async (at, character) => {
      if (token[at] === character) return;
      expect(await ask(token.slice(0, at) + character + token.slice(at + 1))).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test('anything at all is refused without throwing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 200 }), async (token) => {
      expect(await ask(token)).toBe(false);
    }),
  );
});

test('a token that was let in costs no second signature, and is judged anew each time', async () => {
  const verify = vi.spyOn(crypto.subtle, 'verify');
  try {
    const token = await mintToken(claims);
    for (let count = 0; count < 3; count++) expect(await ask(token)).toEqual({ service: 'shop', env: 'prod', proof: signatureOf(token) });
    expect(verify).toHaveBeenCalledTimes(1);
    expect(await ask(token, 'https://evil.example')).toBe(false);
    expect(await ask(token, undefined, { service: 'other' })).toBe(false);
    expect(await ask(token, undefined, { env: 'staging' })).toBe(false);
    clock.millis += 961_000;
    expect(await ask(token)).toBe(false);
    clock.millis -= 961_000;
    expect(verify).toHaveBeenCalledTimes(1);
    expect(await ask(token), 'forgotten at its end').toMatchObject({ service: 'shop' });
    expect(verify).toHaveBeenCalledTimes(2);
  } finally {
    verify.mockRestore();
  }
});

test('of what was refused nothing is kept, and of what was let in a thousand', async () => {
  const verify = vi.spyOn(crypto.subtle, 'verify');
  try {
    const foreign = await mintToken({ ...claims, keys: createTokenKey('new') });
    for (let count = 0; count < 3; count++) expect(await ask(foreign)).toBe(false);
    const elsewhere = await mintToken({ ...claims, origin: 'https://other.example' });
    for (let count = 0; count < 3; count++) expect(await ask(elsewhere)).toBe(false);
    expect(verify).toHaveBeenCalledTimes(6);
    const tokens = await Promise.all(Array.from({ length: 1_001 }, (_, index) => mintToken({ ...claims, sub: `${index}` })));
    for (const token of tokens) expect(await ask(token)).not.toBe(false);
    verify.mockClear();
    for (const token of [tokens[1]!, tokens[1_000]!]) expect(await ask(token)).not.toBe(false);
    expect(verify).toHaveBeenCalledTimes(0);
    expect(await ask(tokens[0]!)).toMatchObject({ id: '0' });
    expect(verify).toHaveBeenCalledTimes(1);
  } finally {
    verify.mockRestore();
  }
});
