import { agentHeaders, createAgentRates, takesSpanEvents } from '../datadog/agent.ts';
import { printTypedEvents } from '../datadog/print-typed-events.ts';
import { request } from '../export/fetch-transport.ts';
import { judgeResponse } from '../export/retry.ts';
import { check, mask } from './check.ts';
import type { Exporter } from './exporter.ts';

export interface AgentOptions {
  /** Base address of an Agent or what speaks its API. Default: `http://127.0.0.1:8126`. */
  url?: string | URL;
}

/** Where an Agent listens unless told otherwise. */
const defaultAgentUrl = 'http://127.0.0.1:8126';

/**
 * Sends to a Datadog Agent by `PUT <url>/v0.4/traces`. Not for browsers: an Agent has no CORS and refuses cross-site requests.
 *
 * @throws TypeError where `url` is no http address; a socket (`unix://`) cannot be reached with `fetch`.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/endpoints.go
 */
export function agent({ url = defaultAgentUrl }: AgentOptions = {}): Exporter {
  const base = String(url).replace(/\/+$/, '');
  check(/^https?:\/\/./.test(base), 'url', 'begin with http:// or https://', base, 'make an agent exporter');
  return {
    kind: 'agent',
    target: mask(base),
    sendsUnsampled: true,
    open(host) {
      check(!host.isPage, 'exporter', 'be an `intake` in browsers, as an Agent has no CORS', 'agent');
      const rates = createAgentRates();
      let takesTypedEvents: boolean | undefined;
      const identity = { tracerVersion: host.tracerVersion, runtime: host.runtime, runtimeVersion: host.runtimeVersion };
      return {
        isCompressed: false,
        printEvents: () => (takesTypedEvents ? printTypedEvents : undefined),
        async prepare() {
          if (takesTypedEvents !== undefined) return;
          const { status, body } = await request(host, `${base}/info`, {});
          if (status === 200 || status === 404) takesTypedEvents = takesSpanEvents(body ?? '');
        },
        rateOf: rates.rateOf,
        async send({ payload, traces }) {
          const {
            status,
            body = '',
            ...facts
          } = await request(host, `${base}/v0.4/traces`, {
            method: 'PUT',
            headers: agentHeaders(identity, traces),
            body: payload,
          });
          if (status === 200) {
            rates.update(body);
            return { kind: 'delivered' };
          }
          const answer = judgeResponse({ status: status === 202 ? 599 : status, body, ...facts }, host.nowMillis());
          return answer.kind === 'final' ? { ...answer, detail: `${status} ${body.slice(0, 200)}` } : answer;
        },
      };
    },
  };
}
