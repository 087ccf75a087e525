/** `edgespan/proxy`: the intake proxy, for a Worker, Deno, Node or Bun. */
import { createIntakeProxy as createProxy, type IntakeProxy } from '../proxy/handler.ts';
import { createHostInflate } from '../proxy/host-inflate.ts';
import type { IntakeProxyOptions } from '../proxy/options.ts';
import { builtInZlib } from '../runtime/built-in-zlib.ts';

export type { Dedupe } from '../proxy/dedupe.ts';
export { cacheDedupe, type DedupeCache } from '../proxy/dedupe-cache.ts';
export { type DedupeNamespace, DedupeObject, type DedupeObjectState, objectDedupe } from '../proxy/dedupe-object.ts';
export type { EnrichOptions } from '../proxy/enrich.ts';
export type { IntakeProxy, ProxyContext } from '../proxy/handler.ts';
export type { ProxyLog, ProxyLogEntry } from '../proxy/log.ts';
export { type MintTokenOptions, mintToken } from '../proxy/mint-token.ts';
export type { Authenticate, AuthGrant, IntakeProxyOptions } from '../proxy/options.ts';
export type { RateLimiter } from '../proxy/rate-limit.ts';
export type { RateLimits, RequestCost } from '../proxy/rate-limit-bucket.ts';
export { objectRateLimiter, type RateLimitNamespace, RateLimitObject } from '../proxy/rate-limit-object.ts';
export type { SpoolFile, SpoolFileSystem } from '../proxy/spool/file-system.ts';
export { openSpoolDirectory, type SpoolDirectoryOptions } from '../proxy/spool/open-directory.ts';
export { type QueueBinding, type QueueMessage, type QueueMessages, queueSpool } from '../proxy/spool/queue-spool.ts';
export type { Spool, SpoolReport } from '../proxy/spool/spool.ts';
export { type HmacTokensOptions, hmacTokens, type TokenClaims } from '../proxy/token.ts';
export { type AgentUpstreamOptions, agentUpstream } from '../proxy/upstream/agent.ts';
export { type ConsoleUpstreamOptions, consoleUpstream } from '../proxy/upstream/console.ts';
export { type DatadogUpstreamOptions, datadogUpstream } from '../proxy/upstream/datadog.ts';
export { type BrowserSdkForwardOptions, browserSdkForward, type ForwardBrowserSdk } from '../proxy/upstream/ddforward.ts';
export { type OtlpUpstreamOptions, otlpUpstream } from '../proxy/upstream/otlp.ts';
export type { IntakeBatch, Outcome, Upstream } from '../proxy/upstream/upstream.ts';
export { type ViewerUpstreamOptions, viewerUpstream } from '../proxy/upstream/viewer.ts';
export type { SecretPattern } from '../redact/patterns.ts';
export type { RedactOptions } from '../redact/redact.ts';
export { type FetchHandler, toNodeHandler } from '../runtime/node-http.ts';

/**
 * Makes an intake proxy: takes batches of spans from browsers, Workers and scripts, refuses what it must before that costs anything, and
 * hands on what is good. Closed by default: until `allowOrigins` and `auth` are written out every request is answered 503
 * `misconfigured`, and the log says once what is missing.
 *
 * @param options The options, checked at once; or a function of `env`, called once per `env` object, whose misuse answers 503.
 * @throws TypeError where options given as an object break a rule, naming option, rule and value.
 * @example
 * ```ts
 * import { agentUpstream, createIntakeProxy } from 'edgespan/proxy';
 *
 * const proxy = createIntakeProxy({
 *   upstream: agentUpstream({ url: 'http://127.0.0.1:8126' }),
 *   allowOrigins: ['https://shop.example'],
 *   auth: 'none',
 * });
 * Deno.serve(proxy.fetch);
 * ```
 */
export function createIntakeProxy(options: IntakeProxyOptions | ((env: never) => IntakeProxyOptions)): IntakeProxy {
  return createProxy(options, createHostInflate(builtInZlib()));
}
