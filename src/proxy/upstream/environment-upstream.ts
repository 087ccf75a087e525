import { agentUpstream } from './agent.ts';
import { consoleUpstream } from './console.ts';
import { datadogUpstream } from './datadog.ts';
import { browserSdkForward, type ForwardBrowserSdk } from './ddforward.ts';
import { otlpUpstream } from './otlp.ts';
import type { Upstream } from './upstream.ts';
import { viewerUpstream } from './viewer.ts';

/** Variables or a Worker's bindings. */
export type Environment = Readonly<Record<string, unknown>>;

/** Upstreams that are meant where their address is there. */
const addresses: readonly (readonly [upstream: string, variable: string])[] = [
  ['agent', 'DD_TRACE_AGENT_URL'],
  ['otlp', 'EDGESPAN_OTLP_URL'],
  ['viewer', 'EDGESPAN_VIEWER_URL'],
];
/**
 * Whatever is under Datadog's own names: a letter amiss, and the key would go to whoever owns that host.
 * @see https://docs.datadoghq.com/getting_started/site/
 */
const site = /^(?:[a-z0-9-]+\.)*(?:datadoghq\.(?:com|eu)|ddog-gov\.com)$/;

/**
 * The upstreams that `EDGESPAN_UPSTREAM` names (`agent`, `otlp`, `datadog`, `viewer`, `console`; several with commas, the first decides), or the one whose
 * address is there.
 *
 * @throws TypeError where none is named, one is not known, or its address is missing or breaks a rule.
 */
export function environmentUpstreams(env: Environment): Upstream[] {
  const found = addresses.find(([, variable]) => text(env, variable) !== undefined);
  const named = text(env, 'EDGESPAN_UPSTREAM') ?? found?.[0] ?? '';
  return named.split(',').map((name) => {
    switch (name.trim()) {
      case 'agent':
        return agentUpstream({ url: text(env, 'DD_TRACE_AGENT_URL') ?? missing(name, 'DD_TRACE_AGENT_URL') });
      case 'otlp':
        return otlpFrom(env);
      case 'datadog':
        return datadogUpstream({
          apiKey: text(env, 'DD_API_KEY') ?? missing(name, 'DD_API_KEY'),
          site: siteOf(env),
          unstable: true,
        });
      case 'viewer':
        return viewerUpstream({ url: text(env, 'EDGESPAN_VIEWER_URL') ?? missing(name, 'EDGESPAN_VIEWER_URL') });
      case 'console':
        return consoleUpstream();
      default:
        throw new TypeError(
          `Cannot configure the proxy as EDGESPAN_UPSTREAM must name agent, otlp, datadog, viewer or console: current value is ${/^[\w -]{0,20}$/.test(name) ? name || 'empty' : 'another text'}`,
        );
    }
  });
}

/**
 * A receiver of one's own, or Datadog's OTLP intake where only a key is given. The key goes to hosts of Datadog's alone, whatever is
 * configured; what else a receiver wants to see is in `EDGESPAN_OTLP_HEADERS`.
 * @see https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/traces/
 */
function otlpFrom(env: Environment): Upstream {
  const given = text(env, 'EDGESPAN_OTLP_URL');
  const apiKey = text(env, 'DD_API_KEY');
  if (given === undefined && apiKey === undefined) missing('otlp', 'EDGESPAN_OTLP_URL, or DD_API_KEY');
  const url = given ?? `https://otlp.${siteOf(env)}/v1/traces`;
  const isDatadog = given === undefined || isDatadogIntake(given);
  return otlpUpstream({
    url,
    headers: { ...(isDatadog && apiKey && { 'dd-api-key': apiKey, compute_stats: 'true' }), ...headersOf(env) },
  });
}

/** `otlp.<site>`, or a platform's own like `cloudflare.integrations.otlp.<site>`. */
function isDatadogIntake(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port } = new URL(url);
  return protocol === 'https:' && port === '' && site.test(/(?:^|\.)otlp\.(.+)$/.exec(hostname)?.[1] ?? '');
}

/** `name=value`, with commas between, values percent-encoded where they must be: as `OTEL_EXPORTER_OTLP_HEADERS`. Never shows a value. */
function headersOf(env: Environment): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text(env, 'EDGESPAN_OTLP_HEADERS')?.split(',') ?? []) {
    const [, name, value] = /^\s*([!#$%&'*+.^`|~\w-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    try {
      headers[name!.toLowerCase()] = decodeURIComponent(value!);
      new Headers(headers);
      if (name === undefined || value === '') throw new TypeError();
    } catch {
      throw new TypeError(
        'Cannot configure the proxy as EDGESPAN_OTLP_HEADERS must be name=value, with commas between: current value is not',
      );
    }
  }
  return headers;
}

function siteOf(env: Environment): string {
  const given = text(env, 'DD_SITE') ?? 'datadoghq.com';
  if (site.test(given)) return given;
  throw new TypeError(`Cannot configure the proxy as DD_SITE must be a site of Datadog's like datadoghq.eu: current value is ${given}`);
}

/**
 * What passes requests of Datadog's Browser SDK on to the intake of `DD_SITE`, where `EDGESPAN_DDFORWARD_CLIENT_TOKENS` is set.
 *
 * @throws TypeError where one is no client token, or the site is none.
 */
export function environmentForward(env: Environment): ForwardBrowserSdk | undefined {
  const clientTokens = list(env, 'EDGESPAN_DDFORWARD_CLIENT_TOKENS');
  return clientTokens && browserSdkForward({ clientTokens, site: siteOf(env) });
}

/** A variable's entries, with commas between. */
export function list(env: Environment, name: string): string[] | undefined {
  return text(env, name)
    ?.split(',')
    .map((entry) => entry.trim());
}

/**
 * A variable that is set and not blank. `true` and `2` of a `wrangler.toml` are what they look like.
 *
 * @throws TypeError where it is no text: a list of a `wrangler.toml`, a binding.
 */
export function text(env: Environment, name: string): string | undefined {
  const value = env[name] ?? '';
  if (typeof value === 'object' || typeof value === 'function') {
    const kind = Array.isArray(value) ? 'a list' : 'a binding or an object';
    throw new TypeError(`Cannot configure the proxy as ${name} must be text (a variable, or a secret): current value is ${kind}`);
  }
  const printed = String(value).trim();
  return printed === '' ? undefined : printed;
}

function missing(upstream: string, name: string): never {
  throw new TypeError(`Cannot configure the proxy as the upstream ${upstream} needs ${name}: current value is empty`);
}
