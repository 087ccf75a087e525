import { type Breaker, createBreaker } from './breaker.ts';
import { isHostInfo } from './client-address.ts';
import type { Dedupe, MemoryDedupe } from './dedupe.ts';
import { createDelivery, type Delivery } from './deliver.ts';
import type { Inflate } from './inflate.ts';
import { createIntake, type Intake } from './intake.ts';
import { createLog } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { closedReason, type IntakeProxyOptions, type ProxyConfig, resolveOptions } from './options.ts';

/** A proxy with its options, and what it remembers from one request to the next. */
export interface Setup {
  readonly config: ProxyConfig;
  readonly intake: Intake;
  readonly dedupe: Dedupe;
  readonly delivery: Delivery;
  readonly breaker: Breaker;
  readonly metrics: Metrics;
  readonly isClosed: boolean;
}

/** Strings the parts of a proxy together; starts the spool unless the proxy is closed. */
export function setUp(given: IntakeProxyOptions, inflate: Inflate, memory: MemoryDedupe): Setup {
  const resolved = resolveOptions(given, inflate);
  const config: ProxyConfig = { ...resolved, log: createLog(resolved.log, resolved.now) };
  const reason = closedReason(given);
  if (reason !== undefined) config.log({ level: 'error', event: 'misconfigured', ...reason });
  const durable = config.dedupe;
  const dedupe: Dedupe = durable ? { once: (key, run) => memory.once(key, () => durable.once(key, run)) } : memory;
  const breaker = createBreaker(config.now);
  const metrics = createMetrics();
  const { upstreams, spool, upstreamTimeoutMillis, log } = config;
  const delivery = createDelivery({ upstreams, spool, breaker, upstreamTimeoutMillis, log, metrics, now: config.now });
  if (reason === undefined) spool?.start?.(delivery.handOn, delivery.report);
  memory.reportTo(delivery.report);
  durable?.reportTo?.(delivery.report);
  const intake = createIntake({ config, dedupe, delivery, metrics });
  return { config, intake, dedupe, delivery, breaker, metrics, isClosed: reason !== undefined };
}

/**
 * Calls a function once per `env` object, also when it throws: then the misuse is logged and stays the answer. Where there is none, or what
 * the host hands over is none, it is called once, with an empty one.
 */
export function oncePerEnv(run: (env: unknown) => Setup): (env: unknown) => Setup | undefined {
  const known = new WeakMap<object, { readonly setup: Setup | undefined }>();
  const none = {};
  return (env) => {
    const key = typeof env === 'object' && env !== null && !isHostInfo(env) ? env : none;
    let entry = known.get(key);
    if (entry === undefined) {
      entry = { setup: attempt(run, key) };
      known.set(key, entry);
    }
    return entry.setup;
  };
}

function attempt(run: (env: unknown) => Setup, env: unknown): Setup | undefined {
  try {
    return run(env);
  } catch (error) {
    console.log(
      JSON.stringify({ level: 'error', event: 'misconfigured', rule: error instanceof TypeError ? error.message : 'options threw' }),
    );
    return undefined;
  }
}
