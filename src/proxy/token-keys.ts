/** A key for tokens: its id, which stands in the token, and its bytes. */
export interface TokenKey {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** HMAC with SHA-256 wants as many bytes as it gives. RFC 7518 §3.2. */
const minKeyBytes = 32;
/** One that signs, one that is on its way out, and room for a mistake. */
const maxKeys = 4;

/**
 * Reads keys as they stand in `EDGESPAN_TOKEN_KEYS`: `kid:base64url,…`, the first one signs, all verify.
 *
 * @throws TypeError where there is none, too many, one is too short or no base64url, or an id comes twice. Never shows a key.
 */
export function parseTokenKeys(text: unknown): TokenKey[] {
  const fail = (rule: string, shown: string): never => {
    throw new TypeError(`Cannot read token keys as ${rule}: current value is ${shown}`);
  };
  if (typeof text !== 'string' || text.trim() === '') return fail('they must be kid:base64url, with commas between them', 'empty');
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > maxKeys) fail(`there may be ${maxKeys} at most`, `${parts.length} keys`);
  const keys = parts.map((part): TokenKey => {
    const [, id, value] = /^([\w-]{1,32}):([\w-]+)=*$/.exec(part) ?? [];
    if (id === undefined || value === undefined) return fail('each must be kid:base64url', 'not of this form');
    const bytes = fromBase64Url(value);
    if (bytes === undefined || bytes.length < minKeyBytes)
      return fail(`each must have ${minKeyBytes} bytes`, `${id} with ${bytes?.length ?? 0}`);
    return { id, bytes };
  });
  if (new Set(keys.map((key) => key.id)).size !== keys.length) fail('ids must differ', 'one id twice');
  return keys;
}

/** A new key, as it stands in `EDGESPAN_TOKEN_KEYS`. */
export function createTokenKey(id: string): string {
  return `${id}:${toBase64Url(crypto.getRandomValues(new Uint8Array(minKeyBytes)))}`;
}

/** Without padding. RFC 4648 §5. */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Undefined where the text is no base64url, or not the one way of writing its bytes: two texts must not be one token. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
  return toBase64Url(bytes) === text ? bytes : undefined;
}
