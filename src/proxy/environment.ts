import { checkOptions } from './check-options.ts';
import { headerAddress } from './client-address.ts';
import { type DedupeNamespace, objectDedupe } from './dedupe-object.ts';
import type { EnrichOptions } from './enrich.ts';
import type { IntakeProxyOptions } from './options.ts';
import { createBindingRateLimiter, type RateLimitBinding, type RateLimiter } from './rate-limit.ts';
import { objectRateLimiter, type RateLimitNamespace } from './rate-limit-object.ts';
import { type QueueBinding, queueSpool } from './spool/queue-spool.ts';
import { hmacTokens } from './token.ts';
import { type Environment, environmentForward, environmentUpstreams, list, text } from './upstream/environment-upstream.ts';

/** Variables whose text is an option's as it is. */
const variables: Readonly<Record<string, string>> = {
  allowOrigins: 'EDGESPAN_ALLOW_ORIGINS',
  auth: 'EDGESPAN_AUTH',
  path: 'EDGESPAN_PATH',
  agentForm: 'EDGESPAN_AGENT_FORM',
  metricsSecret: 'EDGESPAN_METRICS_SECRET',
};

const enrichments: readonly (keyof EnrichOptions)[] = ['clock', 'userAgent', 'cloudflare', 'address'];

/**
 * A proxy's options from variables or bindings alone: `EDGESPAN_UPSTREAM` and what it needs, `EDGESPAN_ALLOW_ORIGINS` (with commas),
 * `EDGESPAN_TOKEN_KEYS` or `EDGESPAN_AUTH` (`none`), `EDGESPAN_ALLOW_SERVERS`, `EDGESPAN_METRICS_SECRET`, what else docs/proxy.md lists, and
 * the bindings `SPOOL`, `DEDUPE` and `RATE_LIMIT` (a namespace of `RateLimitObject`, or a rate limit binding). What is not set stays closed.
 *
 * @throws TypeError naming variable, rule and value.
 */
export function environmentOptions(env: Environment): IntakeProxyOptions {
  const auth = noneOf(env, 'EDGESPAN_AUTH');
  const keys = text(env, 'EDGESPAN_TOKEN_KEYS');
  if (auth !== undefined && keys !== undefined) fail('EDGESPAN_AUTH must not be none beside EDGESPAN_TOKEN_KEYS: current value is none');
  const allowServers = isOn(env, 'EDGESPAN_ALLOW_SERVERS');
  const options: { [option in keyof IntakeProxyOptions]: IntakeProxyOptions[option] | undefined } = {
    upstream: environmentUpstreams(env),
    // Servers alone: that no page may send is said by saying who may.
    allowOrigins: list(env, 'EDGESPAN_ALLOW_ORIGINS') ?? (allowServers ? [] : undefined),
    auth: keys === undefined ? auth : hmacTokens({ keys }),
    allowServers,
    path: text(env, 'EDGESPAN_PATH'),
    agentForm: isOn(env, 'EDGESPAN_AGENT_FORM') || undefined,
    browserSdk: environmentForward(env),
    redact: text(env, 'EDGESPAN_REDACT') === 'servers' ? { servers: true } : noneOf(env, 'EDGESPAN_REDACT', 'none or servers'),
    enrich: enrichOf(list(env, 'EDGESPAN_ENRICH')),
    clientAddress: clientAddressOf(env),
    rateLimit: bound(env, 'RATE_LIMIT', 'a Durable Object or a rate limit', rateLimiterOf),
    spool: bound(env, 'SPOOL', 'a queue', (binding) => (has<QueueBinding>(binding, 'send') ? queueSpool(binding) : undefined)),
    dedupe: bound(env, 'DEDUPE', 'a Durable Object', (binding) =>
      has<DedupeNamespace>(binding, 'idFromName') ? objectDedupe(binding) : undefined,
    ),
    metricsSecret: text(env, 'EDGESPAN_METRICS_SECRET'),
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as unknown as IntakeProxyOptions;
  checkOptions(given, (option) => variables[option] ?? `\`${option}\``);
  return given;
}

function rateLimiterOf(binding: unknown): RateLimiter | undefined {
  if (has<RateLimitNamespace>(binding, 'idFromName')) return objectRateLimiter(binding);
  return has<RateLimitBinding>(binding, 'limit') ? createBindingRateLimiter(binding, {}, Date.now) : undefined;
}

function enrichOf(names: readonly string[] | undefined): EnrichOptions | undefined {
  const unknown = names?.find((name) => !(enrichments as readonly string[]).includes(name));
  if (unknown !== undefined) fail(`EDGESPAN_ENRICH must name ${enrichments.join(', ')}: current value is ${unknown}`);
  return names && Object.fromEntries(names.map((name) => [name, true]));
}

function clientAddressOf(env: Environment): IntakeProxyOptions['clientAddress'] {
  const name = text(env, 'EDGESPAN_CLIENT_ADDRESS_HEADER');
  const count = text(env, 'EDGESPAN_TRUSTED_PROXIES');
  if (name !== undefined && !/^[\w-]+$/.test(name))
    fail(`EDGESPAN_CLIENT_ADDRESS_HEADER must be a header's name: current value is ${name}`);
  if (count !== undefined && !/^[1-9]\d?$/.test(count)) fail(`EDGESPAN_TRUSTED_PROXIES must be within 1..99: current value is ${count}`);
  if (name !== undefined) return headerAddress(name, Number(count ?? 1));
  if (count !== undefined) fail('EDGESPAN_TRUSTED_PROXIES needs EDGESPAN_CLIENT_ADDRESS_HEADER: current value of that is empty');
  return undefined;
}

/** A binding of another kind would leave out, unsaid, what it was meant for. A text is somebody else's variable: a process has no bindings. */
function bound<T>(env: Environment, name: string, kind: string, make: (binding: unknown) => T | undefined): T | undefined {
  const binding = env[name];
  if (typeof binding !== 'object' || binding === null) return undefined;
  const made = make(binding);
  if (made === undefined) fail(`${name} must be bound to ${kind}: current value is something else`);
  return made;
}

/** A binding is known by what it can do. */
function has<T>(binding: unknown, method: keyof T & string): binding is T {
  return typeof (binding as Record<string, unknown> | null | undefined)?.[method] === 'function';
}

/** For what only `none`, written out, may change. */
function noneOf(env: Environment, name: string, words = 'none'): 'none' | undefined {
  const value = text(env, name);
  if (value !== undefined && value !== 'none') fail(`${name} must be ${words} where it is set: current value is another`);
  return value;
}

function isOn(env: Environment, name: string): boolean {
  const value = text(env, name) ?? 'false';
  const isYes = /^(true|1|yes|on)$/i.test(value);
  if (!isYes && !/^(false|0|no|off)$/i.test(value)) fail(`${name} must be true or false: current value is another`);
  return isYes;
}

function fail(rule: string): never {
  throw new TypeError(`Cannot configure the proxy as ${rule}`);
}
