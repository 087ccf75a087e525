import { jwtVerify } from 'jose/jwt/verify';
import { normalService, normalTag } from '../datadog/normalize.ts';
import { maxTagBytes } from '../trace/limits.ts';
import type { Authenticate, AuthGrant } from './options.ts';
import { createRecent } from './recent.ts';
import { fromBase64Url, parseTokenKeys, type TokenKey } from './token-keys.ts';

/** What a token says. Times are seconds since the epoch. A JSON Web Token, signed HS256: any JOSE library can make one. */
export interface TokenClaims {
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  /** Names its holder for rate limits. */
  readonly sub?: string;
  /** Tells a page's token that names no holder from others of the same second. */
  readonly jti?: string;
  /** The one origin it may come from. */
  readonly origin?: string;
  /** What its spans are held to. */
  readonly service?: string;
  readonly env?: string;
  readonly version?: string;
  /** Held by a server of ours: may come without an origin and may live for a year, and nothing is taken from what it sends. */
  readonly server?: boolean;
}

/** Options of `hmacTokens`. */
export interface HmacTokensOptions {
  /** `kid:base64url,…`: at least 32 bytes each; the first signs, all verify, so that a key can be changed while it is in use. */
  readonly keys: unknown;
  /** Default `edgespan`. */
  readonly audience?: string;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** Longest life of a token in a page. */
export const maxLifetimeSeconds = 900;
/** And in a server. */
export const maxServerLifetimeSeconds = 31_536_000;
/** By how much clocks may differ. */
const skewSeconds = 60;
/** RFC 7518 §3.2. */
export const algorithm = 'HS256';
/** Whom a token is for where nothing else is said. */
export const defaultAudience = 'edgespan';
/** Tokens whose signature is not looked at again: at 1,024 bytes each, a megabyte. */
const maxKnownTokens = 1_000;

/**
 * Takes senders whose line holds a token of `mintToken`, or of a JOSE library with the same key: signed HS256, for our audience, not
 * older and not longer-lived than 15 minutes (a server's: a year), from the origin and for the service, env and version it names. A
 * server whose line does not say one of these is held to the token's all the same.
 *
 * @throws TypeError where a key breaks a rule.
 * @example
 * ```ts
 * createIntakeProxy((env) => ({ upstream, allowOrigins: ['https://shop.example'], auth: hmacTokens({ keys: env.EDGESPAN_TOKEN_KEYS }) }))
 * ```
 */
export function hmacTokens({ keys, audience = defaultAudience, now = Date.now }: HmacTokensOptions): Authenticate {
  const keyById = new Map(parseTokenKeys(keys).map((key) => [key.id, key]));
  const imported = new Map<string, ImportedKey>();
  /** Claims by the whole text of a token that was let in: a page's next batch costs no HMAC. Of what was refused nothing is kept. */
  const known = createRecent<TokenClaims>(maxKnownTokens);

  async function keyFor(kid: unknown): Promise<ImportedKey> {
    const key = keyById.get(kid as string);
    if (key === undefined) throw new TypeError('no such key');
    const cryptoKey = imported.get(key.id) ?? (await importKey(key, 'verify'));
    imported.set(key.id, cryptoKey);
    return cryptoKey;
  }

  async function verify(token: string): Promise<TokenClaims | undefined> {
    // One text for one token: of several writings of the same bytes all but one are refused.
    if (token.split('.').some((part) => fromBase64Url(part) === undefined)) return undefined;
    const options = { algorithms: [algorithm], audience, clockTolerance: skewSeconds, currentDate: new Date(now()) };
    try {
      return readClaims((await jwtVerify(token, (header: { readonly kid?: string }) => keyFor(header.kid), options)).payload);
    } catch {
      return undefined;
    }
  }

  return async (request, line) => {
    const token = line.token ?? '';
    const claims = known.get(token) ?? (await verify(token));
    if (claims === undefined) return false;
    if (!isTimely(claims, now() / 1000)) {
      known.delete(token);
      return false;
    }
    const origin = request.headers.get('origin');
    if (claims.origin === undefined ? origin === null && !claims.server : claims.origin !== origin) return false;
    const said = { service: line.service, env: normalEnv(line.env), version: line.version };
    for (const name of ['service', 'env', 'version'] as const) {
      const isUnsaid = claims.server && said[name] === '';
      if (claims[name] !== undefined && claims[name] !== said[name] && !isUnsaid) return false;
    }
    known.set(token, claims);
    return grantOf(claims, token);
  };
}

function grantOf({ sub, service, env, version, server }: TokenClaims, token: string): AuthGrant {
  return {
    ...(sub && { id: sub }),
    // A page's token is one page's, a server's that of all machines of a service. Its signature is as good a name as any.
    ...(!sub && !server && { proof: token.slice(token.lastIndexOf('.') + 1) }),
    ...(service && { service: normalService(service) }),
    ...(env && { env }),
    ...(version && { version }),
    ...(server && { isServer: true }),
  };
}

function isTimely({ iat, exp, server }: TokenClaims, nowSeconds: number): boolean {
  const most = server ? maxServerLifetimeSeconds : maxLifetimeSeconds;
  return iat <= nowSeconds + skewSeconds && exp > nowSeconds - skewSeconds && exp > iat && exp - iat <= most;
}

function readClaims(source: Readonly<Record<string, unknown>>): TokenClaims | undefined {
  const { aud, iat, exp, sub, origin, service, env, version, server } = source;
  if (typeof aud !== 'string' || !Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return undefined;
  const isText = (value: unknown): boolean => value === undefined || (typeof value === 'string' && value !== '');
  if (![sub, origin, service, env, version].every(isText) || (server !== undefined && typeof server !== 'boolean')) return undefined;
  if (env === undefined) return source as unknown as TokenClaims;
  const normal = normalEnv(env as string);
  return normal === '' ? undefined : ({ ...source, env: normal } as unknown as TokenClaims);
}

/** `Production` is `production` in what our clients send, as it is for an Agent. */
export function normalEnv(env: string): string {
  return normalTag(env, maxTagBytes);
}

/** As the host's types have it: not every one of them knows `CryptoKey` by name. */
type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A key for one use, not to be taken out again. */
export function importKey({ bytes }: TokenKey, usage: 'sign' | 'verify'): Promise<ImportedKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [usage]);
}
