import { SignJWT } from 'jose/jwt/sign';
import { maxNameBytes, maxTagBytes, maxTokenBytes } from '../trace/limits.ts';
import { isOrigin } from './origin.ts';
import {
  algorithm,
  defaultAudience,
  importKey,
  maxLifetimeSeconds,
  maxServerLifetimeSeconds,
  normalEnv,
  type TokenClaims,
} from './token.ts';
import { parseTokenKeys, type TokenKey } from './token-keys.ts';

/** Options of `mintToken`. */
export interface MintTokenOptions extends Partial<Pick<TokenClaims, 'sub' | 'origin' | 'service' | 'env' | 'version' | 'server'>> {
  /** As of `hmacTokens`; the first key signs. */
  readonly keys: unknown;
  /** Seconds. Default and most 900; with `server` at most a year. */
  readonly lifetimeSeconds?: number;
  readonly audience?: string;
  readonly now?: () => number;
}

/** A line says no more of these: what is longer would never be equal to it. */
const maxClaimBytes = { service: maxNameBytes, env: maxTagBytes, version: maxNameBytes } as const;

/**
 * Makes a token for a page or a server: call it in the site's own backend, which knows who asks.
 *
 * @throws TypeError where a key or the origin breaks a rule or a claim is an empty text, RangeError where the lifetime or a length does: such a token would never be
 * taken.
 * @example
 * ```ts
 * const token = await mintToken({ keys: process.env.EDGESPAN_TOKEN_KEYS, origin: 'https://shop.example', service: 'shop-web', env: 'prod' });
 * ```
 * @see RFC 7515, RFC 7519
 */
export async function mintToken(options: MintTokenOptions): Promise<string> {
  const {
    keys,
    lifetimeSeconds = maxLifetimeSeconds,
    audience = defaultAudience,
    now = Date.now,
    sub,
    origin,
    service,
    env,
    version,
    server,
  } = options;
  const most = server ? maxServerLifetimeSeconds : maxLifetimeSeconds;
  if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= most)) {
    throw new RangeError(`Cannot mint a token as \`lifetimeSeconds\` must be within 1..${most}: current value is ${lifetimeSeconds}`);
  }
  if (origin !== undefined && !isOrigin(origin)) {
    throw new TypeError(
      `Cannot mint a token as \`origin\` must be an exact origin like https://shop.example, without path or wildcard: current value is ${origin}`,
    );
  }
  for (const [name, value] of Object.entries({ audience, sub, service, env, version })) {
    // Left out, it would bind the token to less than was asked for.
    if (value === '') throw new TypeError(`Cannot mint a token as \`${name}\` must not be empty where it is given: current value is empty`);
  }
  if (env !== undefined && normalEnv(env) === '') {
    throw new TypeError(`Cannot mint a token as \`env\` must have a letter or a digit: current value is ${env}`);
  }
  for (const name of ['service', 'env', 'version'] as const) {
    const bytes = byteLength(options[name] ?? '');
    if (bytes > maxClaimBytes[name]) throw tooLong(name, maxClaimBytes[name], bytes, options[name]);
  }
  const [key] = parseTokenKeys(keys) as [TokenKey, ...TokenKey[]];
  const iat = Math.floor(now() / 1000);
  const claims: TokenClaims = {
    aud: audience,
    iat,
    exp: iat + Math.floor(lifetimeSeconds),
    ...(sub && { sub }),
    // Limited itself, where it names no holder: two of one second would else be one text, and their pages one sender.
    ...(!sub && !server && { jti: crypto.randomUUID().slice(-12) }),
    ...(origin && { origin }),
    ...(service && { service }),
    ...(env && { env }),
    ...(version && { version }),
    ...(server && { server }),
  };
  const signer = new SignJWT({ ...claims }).setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: key.id });
  const token = await signer.sign(await importKey(key, 'sign'));
  if (token.length > maxTokenBytes) {
    const texts = { sub, origin, service, env, version, audience };
    const [name, value] = Object.entries(texts).reduce((most, one) => (byteLength(one[1] ?? '') > byteLength(most[1] ?? '') ? one : most));
    throw tooLong(name, maxTokenBytes, token.length, value, 'a token with it');
  }
  return token;
}

function tooLong(name: string, most: number, bytes: number, value = '', what = 'it'): RangeError {
  return new RangeError(
    `Cannot mint a token as \`${name}\` is too long, ${what} must be within ${most} bytes: current value is ${value.slice(0, 50)}… with ${bytes}`,
  );
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
