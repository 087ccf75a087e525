import { wellFormed } from '../../datadog/print-json.ts';
import { fetchUpstream, outcomeOf, outcomeOfError } from './fetch-upstream.ts';
import { inParts } from './in-parts.ts';
import { rejectedSpansOf } from './otlp-partial-success.ts';
import { encodeOtlp } from './otlp-protobuf.ts';
import { toOtlpRequest } from './otlp-request.ts';
import type { Upstream } from './upstream.ts';
import { upstreamUrl } from './upstream-url.ts';

/** Options of `otlpUpstream`. */
export interface OtlpUpstreamOptions {
  /** Address of an OTLP/HTTP receiver; without a path `/v1/traces` is meant. */
  readonly url: string;
  /** Sent with every request: keys of the receiver. With any, plain HTTP goes to this machine only. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `protobuf`, which every receiver must take. */
  readonly protocol?: 'protobuf' | 'json';
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Hands batches on to any OTLP/HTTP receiver, at most 3 MB a request. Spans that it says it did not take are counted. What Datadog's
 * v0.4 does not hold any more is said at `toOtlpRequest`.
 *
 * @throws TypeError where URL, protocol or a header breaks a rule. Never shows a header's value.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 * @example
 * ```ts
 * otlpUpstream({ url: 'http://127.0.0.1:4318' })
 * ```
 */
export function otlpUpstream(options: OtlpUpstreamOptions): Upstream {
  const { headers = {}, protocol = 'protobuf' } = options;
  const url = upstreamUrl('create an OTLP upstream', '`url`', options.url, Object.keys(headers).length > 0, true);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  if (protocol !== 'protobuf' && protocol !== 'json') {
    throw new TypeError(`Cannot create an OTLP upstream as \`protocol\` must be protobuf or json: current value is ${String(protocol)}`);
  }
  checkHeaders(headers);
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const type = protocol === 'json' ? 'application/json' : 'application/x-protobuf';
  const encoder = new TextEncoder();

  return inParts(
    (chunks, line) => {
      const request = toOtlpRequest({ chunks, line });
      return protocol === 'json' ? encoder.encode(wellFormed(JSON.stringify(request))) : encodeOtlp(request);
    },
    async (body, _, __, signal) => {
      try {
        const init = { method: 'POST', headers: { ...headers, 'Content-Type': type }, body, signal };
        const reply = await fetchUpstream(fetch, url.href, init, true);
        const outcome = outcomeOf(reply);
        const rejectedSpans = outcome.status === 'ok' ? rejectedSpansOf(reply.body) : 0;
        return rejectedSpans > 0 ? { status: 'ok', rejectedSpans } : outcome;
      } catch {
        return outcomeOfError(signal);
      }
    },
  );
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch {
      throw new TypeError(
        `Cannot create an OTLP upstream as \`headers\` must be names and values of headers: current value of ${JSON.stringify(name)} is none`,
      );
    }
  }
}
