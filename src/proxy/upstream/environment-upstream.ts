import { agentUpstream } from './agent.ts';
import { consoleUpstream } from './console.ts';
import type { Upstream } from './upstream.ts';
import { viewerUpstream } from './viewer.ts';

/** Variables or a Worker's bindings. */
export type Environment = Readonly<Record<string, unknown>>;

/**
 * The upstreams that `EDGESPAN_UPSTREAM` names (`agent`, `viewer`, `console`; several with commas, the first decides), or the one whose
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
      case 'viewer':
        return viewerUpstream({ url: text(env, 'EDGESPAN_VIEWER_URL') ?? missing(name, 'EDGESPAN_VIEWER_URL') });
      case 'console':
        return consoleUpstream();
      default:
        throw new TypeError(
          `Cannot configure the proxy as EDGESPAN_UPSTREAM must name agent, viewer or console: current value is ${name || 'empty'}`,
        );
    }
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
