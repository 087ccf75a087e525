/** `edgespan/proxy`: the intake proxy, for a Worker, Deno, Node or Bun. */
export { createIntakeProxy, type IntakeProxy, type ProxyContext } from '../proxy/handler.ts';
export type { ProxyLog, ProxyLogEntry } from '../proxy/log.ts';
export type { Authenticate, AuthGrant, IntakeProxyOptions } from '../proxy/options.ts';
export type { RateLimiter, RateLimits, RequestCost } from '../proxy/rate-limit.ts';
export { type HmacTokensOptions, hmacTokens, type MintTokenOptions, mintToken, type TokenClaims } from '../proxy/token.ts';
export { type AgentUpstreamOptions, agentUpstream } from '../proxy/upstream/agent.ts';
export { type ConsoleUpstreamOptions, consoleUpstream } from '../proxy/upstream/console.ts';
export { type DatadogUpstreamOptions, datadogUpstream } from '../proxy/upstream/datadog.ts';
export { type OtlpUpstreamOptions, otlpUpstream } from '../proxy/upstream/otlp.ts';
export type { IntakeBatch, Outcome, Upstream } from '../proxy/upstream/upstream.ts';
export { type ViewerUpstreamOptions, viewerUpstream } from '../proxy/upstream/viewer.ts';
export type { SecretPattern } from '../redact/patterns.ts';
export type { RedactOptions } from '../redact/redact.ts';
export { type FetchHandler, toNodeHandler } from '../runtime/node-http.ts';
