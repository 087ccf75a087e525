import { type DedupeNamespace, objectDedupe } from './dedupe-object.ts';
import type { IntakeProxyOptions } from './options.ts';
import { createBindingRateLimiter, type RateLimitBinding, type RateLimiter } from './rate-limit.ts';
import { objectRateLimiter, type RateLimitNamespace } from './rate-limit-object.ts';
import { type QueueBinding, queueSpool } from './spool/queue-spool.ts';
import { hmacTokens } from './token.ts';
import { type Environment, environmentUpstreams, text } from './upstream/environment-upstream.ts';

/**
 * A proxy's options from variables or bindings alone: `EDGESPAN_UPSTREAM` and what it needs, `EDGESPAN_ALLOW_ORIGINS` (with commas),
 * `EDGESPAN_TOKEN_KEYS` or `EDGESPAN_AUTH` (`none`), `EDGESPAN_ALLOW_SERVERS`, `EDGESPAN_METRICS_SECRET`, and the bindings `SPOOL`, `DEDUPE`
 * and `RATE_LIMIT` (a namespace of `RateLimitObject`, or a rate limit binding). What is not set stays closed.
 *
 * @throws TypeError naming variable, rule and value.
 */
export function environmentOptions(env: Environment): IntakeProxyOptions {
  const origins = text(env, 'EDGESPAN_ALLOW_ORIGINS');
  const auth = text(env, 'EDGESPAN_AUTH');
  if (auth !== undefined && auth !== 'none') {
    throw new TypeError('Cannot configure the proxy as EDGESPAN_AUTH must be none where it is set: current value is another');
  }
  const keys = text(env, 'EDGESPAN_TOKEN_KEYS');
  if (auth !== undefined && keys !== undefined) {
    throw new TypeError('Cannot configure the proxy as EDGESPAN_AUTH must not be none beside EDGESPAN_TOKEN_KEYS: current value is none');
  }
  const metricsSecret = text(env, 'EDGESPAN_METRICS_SECRET');
  const rateLimit = rateLimiterOf(env['RATE_LIMIT']);
  return {
    upstream: environmentUpstreams(env),
    ...(origins === undefined ? {} : { allowOrigins: origins.split(',').map((origin) => origin.trim()) }),
    ...(auth === undefined ? {} : { auth }),
    ...(keys === undefined ? {} : { auth: hmacTokens({ keys }) }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(has<QueueBinding>(env['SPOOL'], 'send') ? { spool: queueSpool(env['SPOOL']) } : {}),
    ...(has<DedupeNamespace>(env['DEDUPE'], 'idFromName') ? { dedupe: objectDedupe(env['DEDUPE']) } : {}),
    ...(metricsSecret === undefined ? {} : { metricsSecret }),
    allowServers: isOn(text(env, 'EDGESPAN_ALLOW_SERVERS')),
  };
}

function rateLimiterOf(binding: unknown): RateLimiter | undefined {
  if (has<RateLimitNamespace>(binding, 'idFromName')) return objectRateLimiter(binding);
  return has<RateLimitBinding>(binding, 'limit') ? createBindingRateLimiter(binding, {}, Date.now) : undefined;
}

/** A binding is known by what it can do. */
function has<T>(binding: unknown, method: keyof T & string): binding is T {
  return typeof (binding as Record<string, unknown> | null | undefined)?.[method] === 'function';
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(0|f|false|no|off)$/i.test(value);
}
