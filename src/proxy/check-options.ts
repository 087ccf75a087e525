import { isOrigin } from './origin.ts';

type Given = Readonly<Record<string, unknown>>;
type Rule = readonly [rule: string, isRight: (value: unknown) => boolean];

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isGiven = (value: unknown): value is Given => typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (value: unknown, method: string): boolean => isGiven(value) && isFunction(value[method]);
const hasOnly = (value: unknown, names: readonly string[], isRight: (one: unknown, name: string) => boolean): boolean =>
  isGiven(value) && Object.entries(value).every(([name, one]) => names.includes(name) && (one === undefined || isRight(one, name)));
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isPattern = (value: unknown): boolean =>
  isGiven(value) &&
  typeof value['name'] === 'string' &&
  value['find'] instanceof RegExp &&
  value['find'].global &&
  value['hint'] !== undefined;
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= maxInteger;

/** What a timer takes. */
const maxInteger = 2_147_483_647;
const boolean: Rule = ['true or false', (value) => typeof value === 'boolean'];
const aFunction: Rule = ['a function', isFunction];
const wholeNumber: Rule = ['a whole number within 1..2147483647', isWhole];

/** Each option's rule. What is not among them is none: misspelt, it would change nothing without a word. */
const rules: Readonly<Record<string, Rule>> = {
  upstream: ['an upstream or a list of them', (value) => [value].flat().length > 0 && [value].flat().every(isFunction)],
  allowOrigins: [
    'a list of exact origins like https://shop.example, without path or wildcard',
    (value) => Array.isArray(value) && value.every(isOrigin),
  ],
  auth: ["'none' or a function", (value) => value === 'none' || isFunction(value)],
  allowServers: boolean,
  path: ['a path that begins with one /, without . or .. as a part', isPath],
  agentForm: boolean,
  browserSdk: ['a function: browserSdkForward(…)', isFunction],
  redact: [
    "'none', or of addresses, servers (true or false), keepQuery (a list of texts) and patterns (each with name, hint and a global expression to find)",
    (value) =>
      value === 'none' ||
      hasOnly(value, ['addresses', 'servers', 'keepQuery', 'patterns'], (one, name) => {
        if (name === 'keepQuery') return isTexts(one);
        return name === 'patterns' ? Array.isArray(one) && one.every(isPattern) : typeof one === 'boolean';
      }),
  ],
  enrich: [
    'of clock, userAgent, cloudflare and address, each true or false',
    (value) => hasOnly(value, ['clock', 'userAgent', 'cloudflare', 'address'], (one) => typeof one === 'boolean'),
  ],
  rateLimit: [
    "'none', a function, or of requests, spans and bytes, each above 0",
    (value) =>
      value === 'none' || isFunction(value) || hasOnly(value, ['requests', 'spans', 'bytes'], (one) => typeof one === 'number' && one > 0),
  ],
  clientAddress: ['a function from a request to an address', isFunction],
  spool: ['a spool: queueSpool(…), or that of openSpoolDirectory(…) once it is there', (value) => has(value, 'put')],
  dedupe: ['a dedupe: objectDedupe(…), cacheDedupe(…), or that of openSpoolDirectory(…) once it is there', (value) => has(value, 'once')],
  metricsSecret: ['a text of at least 16 characters', (value) => typeof value === 'string' && value.length >= 16],
  maxInFlight: wholeNumber,
  upstreamTimeoutMillis: wholeNumber,
  log: aFunction,
  now: aFunction,
};

/** Options that may hold a secret, or anything: of these only the kind is said. */
const unsaid = ['metricsSecret', 'auth', 'redact', 'spool', 'dedupe'];

/**
 * @param nameOf What an option is called where it was set. Default: its own name.
 * @throws TypeError naming option, rule and value where an option is not what it must be, or none at all.
 */
export function checkOptions(options: unknown, nameOf: (option: string) => string = (option) => `\`${option}\``): void {
  if (!isGiven(options))
    throw new TypeError(`Cannot create an intake proxy as options must be an object: current value is ${typeof options}`);
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(rules, name))
      throw new TypeError(`Cannot create an intake proxy as \`${name.slice(0, 50)}\` is none of its options`);
  }
  for (const [name, [rule, isRight]] of Object.entries(rules)) {
    const value = options[name];
    if ((value !== undefined || name === 'upstream') && !isRight(value)) fail(name, rule, value, nameOf);
  }
  if (options['agentForm'] && options['auth'] === 'none') {
    fail('agentForm', `false beside ${nameOf('auth')} none, as it needs a token`, true, nameOf);
  }
  // Of two at the same path one is never reached.
  const taken = ['/healthz', '/metrics', ...(options['agentForm'] ? ['/v0.4/traces', '/info'] : [])];
  if (taken.includes(options['path'] as string)) fail('path', `none of ${taken.join(', ')}: they are taken`, options['path'], nameOf);
}

/** Nobody asks for `/a/../t`: it is `/t` before it leaves a client. */
function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^\/(?!\/)[\w./-]*$/.test(value) && new URL(value, 'http://localhost').pathname === value;
}

function fail(option: string, rule: string, value: unknown, nameOf: (option: string) => string): never {
  const shown = unsaid.includes(option) ? kindOf(value) : show(value);
  throw new TypeError(`Cannot create an intake proxy as ${nameOf(option)} must be ${rule}: current value is ${shown}`);
}

/** At most 100 characters. Never throws, whatever the value does when it is looked at. */
function show(value: unknown): string {
  try {
    return wordOf(value).slice(0, 100);
  } catch {
    return `of type ${typeof value}`;
  }
}

function wordOf(value: unknown): string {
  if (typeof value === 'function' || value instanceof Promise) return kindOf(value);
  if (Array.isArray(value)) return `[${value.map(wordOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `an object of ${Object.keys(value).join(', ') || 'nothing'}`;
  // A user and a password may stand before the host.
  return typeof value === 'string' ? `'${value.replaceAll(/\/\/[^/]*@/g, '//')}'` : String(value);
}

function kindOf(value: unknown): string {
  if (value instanceof Promise) return 'a promise: await it';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  return value === null ? 'null' : `of type ${typeof value}`;
}
