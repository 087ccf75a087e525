import { maxTagBytes } from '../trace/limits.ts';
import type { TraceRoot } from '../trace/local-trace.ts';
import { normalService, normalTag } from './normalize.ts';

export interface AgentIdentity {
  /** Version of this package. */
  readonly tracerVersion: string;
  /** `node`, `deno`, `bun`, `workerd`, and its version. */
  readonly runtime: string;
  readonly runtimeVersion: string;
}

/**
 * Headers of a `PUT /v0.4/traces` with JSON. `Datadog-Client-Computed-Top-Level` as `_dd.top_level` is ours: an Agent that looked for
 * itself would take every span whose parent left in another request for one.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/internal/header/headers.go
 */
export function agentHeaders({ tracerVersion, runtime, runtimeVersion }: AgentIdentity, chunkCount: number): Record<string, string> {
  return {
    'content-type': 'application/json',
    'datadog-meta-lang': 'javascript',
    'datadog-meta-lang-version': runtimeVersion,
    'datadog-meta-lang-interpreter': runtime,
    'datadog-meta-tracer-version': tracerVersion,
    'datadog-client-computed-top-level': 'true',
    // without it an overloaded Agent says 200 to what it throws away
    'datadog-send-real-http-status': 'true',
    'x-datadog-trace-count': `${chunkCount}`,
  };
}

export interface AgentRates {
  /** Takes the rates out of the answer to a `PUT`. What is no such answer changes nothing. Never throws. */
  update(answer: string): void;
  /** For `createPrioritySampler`: by service and environment of the root, else the default, undefined where no answer came yet. */
  rateOf(root: TraceRoot): number | undefined;
}

/** Rates that an Agent answers, by `service:<service>,env:<env>`, both as it normalizes them; `service:,env:` is its default. */
export function createAgentRates(): AgentRates {
  let rates: ReadonlyMap<string, number> = new Map();
  return {
    update(answer): void {
      try {
        const given: unknown = JSON.parse(answer)?.rate_by_service;
        if (typeof given !== 'object' || given === null) return;
        rates = new Map(Object.entries(given).filter((entry): entry is [string, number] => entry[1] >= 0 && entry[1] <= 1));
      } catch {
        // an empty or foreign body: the old rates stay
      }
    },
    rateOf({ attributes, resource }): number | undefined {
      const service = normalService(`${attributes['service.name'] || resource.service}`);
      const env = normalTag(`${attributes['env'] ?? resource.env}`, maxTagBytes);
      return rates.get(`service:${service},env:${env}`) ?? rates.get('service:,env:');
    },
  };
}

/** Whether the answer to `GET /info` says that typed events are understood. Never throws. */
export function takesSpanEvents(info: string): boolean {
  try {
    return JSON.parse(info)?.span_events === true;
  } catch {
    return false;
  }
}
