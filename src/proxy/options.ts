import type { EnvelopeLine } from '../export/envelope.ts';
import { type RedactOptions, type RedactValue, redact } from '../redact/redact.ts';
import { bodyTimeoutMillis } from '../trace/limits.ts';
import { checkOptions } from './check-options.ts';
import type { Dedupe } from './dedupe.ts';
import { createEnrich, type Enrich, type EnrichOptions } from './enrich.ts';
import { type Inflate, inflateGzip } from './inflate.ts';
import { consoleLog, type ProxyLog } from './log.ts';
import { createMemoryRateLimiter, type RateLimiter } from './rate-limit.ts';
import type { RateLimits } from './rate-limit-bucket.ts';
import type { Spool } from './spool/spool.ts';
import type { ForwardBrowserSdk } from './upstream/ddforward.ts';
import type { Upstream } from './upstream/upstream.ts';
import { within } from './within.ts';

/** `auth` is waited for so long: half of what a client waits for its answer. */
const authMillis = 5_000;

/** What a token or another proof of identity says about who sends. What is not there is not held to anything. */
export interface AuthGrant {
  /** Names the holder for rate limits: a token's id, an account. */
  readonly id?: string;
  /** Names what was shown where it names no holder: limited beside the address, so that a stolen copy brings no more from many of them. */
  readonly proof?: string;
  readonly service?: string;
  readonly env?: string;
  readonly version?: string;
  /** A server of our own, not a page: nothing is taken away from what it sends. */
  readonly isServer?: boolean;
}

/**
 * Whether a sender may send. Called with the line alone, before the payload is looked at. What it throws means "ask again
 * later"; so does no answer within five seconds.
 */
export type Authenticate = (request: Request, line: EnvelopeLine) => boolean | AuthGrant | Promise<boolean | AuthGrant>;

/** Options of `createIntakeProxy`. */
export interface IntakeProxyOptions {
  /** Where batches go. Of several the first decides the answer; the others get what it took, best effort, and are counted. */
  readonly upstream: Upstream | readonly Upstream[];
  /** Exact origins of the pages that may send, e.g. `https://shop.example`. An empty list written out: no page may. */
  readonly allowOrigins?: readonly string[];
  /** `'none'` written out, or who may send. Without it everything is refused. */
  readonly auth?: 'none' | Authenticate;
  /** Beside `auth: 'none'`: whether senders without an origin, which are no pages, may send. Default false. */
  readonly allowServers?: boolean;
  /** Default `/t`. */
  readonly path?: string;
  /** Also takes the Agent's own form, `/v0.4/traces`, from servers with a token in `Authorization: Bearer`. Default false. */
  readonly agentForm?: boolean;
  /** Passes on what another SDK of the page sends here, `<path>?ddforward=…`: `browserSdkForward`. Default: refused. */
  readonly browserSdk?: ForwardBrowserSdk;
  /**
   * What is taken out of values before they are handed on; on by default, but for what comes with a server's token: `servers: true` takes
   * it out of that as well. `'none'` written out: nothing.
   */
  readonly redact?: 'none' | (RedactOptions & { readonly servers?: boolean });
  /** What is added to the first span of every trace. Default nothing. */
  readonly enrich?: EnrichOptions;
  /** What one sender may do in ten seconds, counted in the memory of this process; or somebody else's counting; or `'none'`. */
  readonly rateLimit?: 'none' | RateLimits | RateLimiter;
  /**
   * The sender's address, for rate limits. Default: what the host says (Node, Deno, Bun). Behind a load balancer read the header that it
   * sets, and only that one: a header that a sender can set is no address. All senders without one share one limit; `false` says that
   * there is none to count by, as for what comes over a service binding.
   */
  readonly clientAddress?: (request: Request) => string | null | undefined | false;
  /** Keeps batches durably while the primary upstream fails: `openSpoolDirectory`, `queueSpool`. Without one, senders keep theirs. */
  readonly spool?: Spool;
  /** Remembers which batches were taken: `openSpoolDirectory`, `objectDedupe`, `cacheDedupe`. Default: the memory of this process, for an hour. */
  readonly dedupe?: Dedupe;
  /** Opens `GET /metrics` to who sends it as a bearer token. Without it there are none. */
  readonly metricsSecret?: string;
  /** Requests worked on at once; more are told to come again. Default 100. */
  readonly maxInFlight?: number;
  /** How long the primary upstream may take, in milliseconds. Default 10,000. */
  readonly upstreamTimeoutMillis?: number;
  /** Takes log entries. Default: lines of JSON by `console.log`. */
  readonly log?: ProxyLog;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** Options with every default filled in, and what the host gives. */
export interface ProxyConfig {
  readonly upstreams: readonly [Upstream, ...Upstream[]];
  readonly allowOrigins: ReadonlySet<string>;
  readonly auth: 'none' | Authenticate;
  readonly allowServers: boolean;
  readonly path: string;
  readonly agentForm: boolean;
  readonly browserSdk: ForwardBrowserSdk | undefined;
  readonly redact: RedactValue | undefined;
  readonly redactServers: boolean;
  readonly enrich: Enrich | undefined;
  readonly rateLimit: RateLimiter | undefined;
  readonly clientAddress: ((request: Request) => string | null | undefined | false) | undefined;
  readonly spool: Spool | undefined;
  readonly dedupe: Dedupe | undefined;
  readonly metricsSecret: string | undefined;
  readonly maxInFlight: number;
  readonly upstreamTimeoutMillis: number;
  readonly bodyTimeoutMillis: number;
  readonly inflate: Inflate;
  readonly log: ProxyLog;
  readonly now: () => number;
}

/** What keeps a proxy closed: the option that must be written out, and the rule. */
export interface ClosedReason {
  readonly option: string;
  readonly rule: string;
}

/**
 * Checks options and fills in defaults.
 *
 * @throws TypeError naming option, rule and value where one is wrong; what is merely not given keeps the proxy closed: `closedReason`.
 */
export function resolveOptions(options: IntakeProxyOptions, inflate: Inflate = inflateGzip): ProxyConfig {
  checkOptions(options);
  const { auth, path = '/t', allowOrigins = [], maxInFlight = 100, upstreamTimeoutMillis = 10_000, now = Date.now } = options;
  const [first, ...others] = [options.upstream].flat();
  return {
    upstreams: [first!, ...others],
    allowOrigins: new Set(allowOrigins),
    auth: typeof auth === 'function' ? inTime(auth) : 'none',
    allowServers: options.allowServers === true,
    path,
    agentForm: options.agentForm === true,
    browserSdk: options.browserSdk,
    redact: options.redact === 'none' ? undefined : redact(options.redact),
    redactServers: options.redact !== 'none' && options.redact?.servers === true,
    enrich: options.enrich && createEnrich(options.enrich),
    rateLimit: toRateLimiter(options.rateLimit, now),
    clientAddress: options.clientAddress,
    spool: options.spool,
    dedupe: options.dedupe,
    metricsSecret: options.metricsSecret,
    maxInFlight,
    upstreamTimeoutMillis,
    bodyTimeoutMillis,
    inflate,
    log: options.log ?? consoleLog,
    // What keeps a batch reads whole milliseconds.
    now: () => Math.round(now()),
  };
}

/** A function of the operator's that never answers would hold its place for ever. */
function inTime(auth: Authenticate): Authenticate {
  return async (request, line) => {
    const late = Symbol('late');
    const verdict = await within<boolean | AuthGrant | typeof late>(Promise.resolve(auth(request, line)), authMillis, late);
    if (verdict === late) throw Object.assign(new Error('`auth` did not answer'), { name: 'AuthTimeout' });
    if (!verdict) return false;
    return verdict === true || grantOf(verdict);
  };
}

const grantKinds = { id: 'string', proof: 'string', service: 'string', env: 'string', version: 'string', isServer: 'boolean' } as const;

/** Of what `auth` returned, what is a grant's. Somebody else's answer, or an error that was returned, lets nobody in. */
function grantOf(verdict: object): AuthGrant {
  const known = Object.entries(grantKinds).map(([name, kind]) => ({ name, kind, value: verdict[name as keyof typeof verdict] as unknown }));
  const given = known.filter(({ value }) => value !== undefined);
  const wrong = given.find(({ value, kind }) => typeof value !== kind);
  const isOther = typeof verdict !== 'object' || verdict instanceof Response || verdict instanceof Error || Array.isArray(verdict);
  const isEmpty = Object.getPrototypeOf(verdict) === Object.prototype && Object.keys(verdict).length === 0;
  if (wrong !== undefined || isOther || (given.length === 0 && !isEmpty)) {
    const name = `AuthVerdict${wrong === undefined ? '' : ` ${wrong.name}`}`;
    throw Object.assign(new TypeError('`auth` gave neither true nor false, nor a grant'), { name });
  }
  return Object.fromEntries(given.map(({ name, value }) => [name, value]));
}

function toRateLimiter(given: IntakeProxyOptions['rateLimit'], now: () => number): RateLimiter | undefined {
  if (given === 'none') return undefined;
  if (typeof given === 'function') return given;
  return createMemoryRateLimiter(given ?? {}, now);
}

/** Why a proxy with these options lets nothing in; undefined where somebody may send. */
export function closedReason({ allowOrigins, allowServers, auth }: IntakeProxyOptions): ClosedReason | undefined {
  if (allowOrigins === undefined) return { option: 'allowOrigins', rule: 'must list the origins of the pages that may send' };
  if (auth === undefined) return { option: 'auth', rule: "must be written out: a function, hmacTokens(…) or 'none'" };
  if (auth === 'none' && allowOrigins.length === 0 && allowServers !== true) {
    return { option: 'allowOrigins', rule: "must not be empty beside auth: 'none' unless allowServers is true" };
  }
  return undefined;
}
