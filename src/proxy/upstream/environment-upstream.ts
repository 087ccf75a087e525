import { agentUpstream } from './agent.ts';
import { consoleUpstream } from './console.ts';
import { datadogUpstream } from './datadog.ts';
import { otlpUpstream } from './otlp.ts';
import type { Upstream } from './upstream.ts';
import { viewerUpstream } from './viewer.ts';

/** Variables or a Worker's bindings. */
export type Environment = Readonly<Record<string, unknown>>;

/**
 * The upstreams that `EDGESPAN_UPSTREAM` names (`agent`, `otlp`, `datadog`, `viewer`, `console`; several with commas, the first decides), or the one whose
 * address is there.
 *
 * @throws TypeError where none is named, one is not known, or its address is missing or breaks a rule.
 */
export function environmentUpstreams(env: Environment): Upstream[] {
  const named = text(env, 'EDGESPAN_UPSTREAM') ?? (env['DD_TRACE_AGENT_URL'] ? 'agent' : env['EDGESPAN_VIEWER_URL'] ? 'viewer' : '');
  return named.split(',').map((name) => {
    switch (name.trim()) {
      case 'agent':
        return agentUpstream({ url: text(env, 'DD_TRACE_AGENT_URL') ?? missing(name, 'DD_TRACE_AGENT_URL') });
      case 'otlp':
        return otlpFrom(env);
      case 'datadog':
        return datadogUpstream({
          apiKey: text(env, 'DD_API_KEY') ?? missing(name, 'DD_API_KEY'),
          site: text(env, 'DD_SITE') ?? 'datadoghq.com',
          unstable: true,
        });
      case 'viewer':
        return viewerUpstream({ url: text(env, 'EDGESPAN_VIEWER_URL') ?? missing(name, 'EDGESPAN_VIEWER_URL') });
      case 'console':
        return consoleUpstream();
      default:
        throw new TypeError(
          `Cannot configure the proxy as EDGESPAN_UPSTREAM must name agent, otlp, datadog, viewer or console: current value is ${name || 'empty'}`,
        );
    }
  });
}

/**
 * A receiver of one's own, or Datadog's OTLP intake where only a key is given.
 * @see https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/traces/
 */
function otlpFrom(env: Environment): Upstream {
  const url = text(env, 'EDGESPAN_OTLP_URL');
  if (url !== undefined) return otlpUpstream({ url });
  const apiKey = text(env, 'DD_API_KEY') ?? missing('otlp', 'EDGESPAN_OTLP_URL, or DD_API_KEY');
  return otlpUpstream({
    url: `https://otlp.${text(env, 'DD_SITE') ?? 'datadoghq.com'}/v1/traces`,
    headers: { 'dd-api-key': apiKey, compute_stats: 'true' },
  });
}

/** A variable that is set and not blank. */
export function text(env: Environment, name: string): string | undefined {
  const value = env[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function missing(upstream: string, name: string): never {
  throw new TypeError(`Cannot configure the proxy as the upstream ${upstream} needs ${name}: current value is empty`);
}
