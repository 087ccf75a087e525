import type { DatadogEvent } from '../datadog/datadog-span.ts';
import type { Transport } from '../export/batch.ts';
import { createIntakeTransport, type GetToken, type IntakeHost } from '../export/intake-transport.ts';
import type { TraceRoot } from '../trace/local-trace.ts';
import { check, mask } from './check.ts';

/** What an exporter gets when tracing is registered. */
export interface ExporterHost extends IntakeHost {
  /** A page may not talk to an Agent, which has no CORS. */
  readonly isPage: boolean;
  readonly runtimeVersion: string;
}

/** What was opened, with what its receiver says back. */
export interface ExporterTransport extends Transport {
  /** Prints events in the receiver's own form, where it is known to take that. */
  readonly printEvents?: (() => ((events: readonly DatadogEvent[]) => string) | undefined) | undefined;
  /** Sampling rate that the receiver gave for a trace, by its root. */
  readonly rateOf?: ((root: TraceRoot) => number | undefined) | undefined;
}

/** Where spans go, as a value: what is not imported is not shipped. */
export interface Exporter {
  readonly kind: 'intake' | 'agent';
  /** For people: the address without secrets. */
  readonly target: string;
  /** True where unsampled traces are sent too, for the receiver's statistics. */
  readonly sendsUnsampled: boolean;
  open(host: ExporterHost): ExporterTransport;
}

/** A service binding of Cloudflare Workers, or anything with its `fetch`. */
export interface ServiceBinding {
  fetch(url: string, init: RequestInit): Promise<Response>;
}

export interface IntakeOptions {
  /** Exactly where envelopes are posted; relative in browsers. */
  url?: string | URL | undefined;
  /** A Worker's service binding to the intake, instead of `url`. */
  binding?: ServiceBinding | undefined;
  /** A token, or what fetches one: asked for at the first batch and a minute before the last one ends. */
  token?: string | GetToken | undefined;
}

/** Path at a service binding, and where the intake listens by default. */
export const defaultIntakePath = '/t';

/**
 * Sends to an edgespan intake: the proxy, or the viewer on the desk.
 *
 * @throws TypeError where neither `url` nor `binding` is given, or `url` is neither http(s) nor relative.
 */
export function intake({ url, binding, token }: IntakeOptions = {}): Exporter {
  const action = 'make an intake exporter';
  check(Boolean(binding) || /^(https?:|[./])/i.test(`${url}`), 'url', 'begin with http or /, or `binding` be given', url, action);
  check(!binding || typeof binding.fetch === 'function', 'binding', 'be a service binding', binding, action);
  check(
    token === undefined || typeof token === 'string' || typeof token === 'function',
    'token',
    'be a string or a function',
    typeof token,
    action,
  );
  const target = binding ? `http://intake${defaultIntakePath}` : String(url);
  return {
    kind: 'intake',
    target: binding ? 'service binding' : mask(target),
    sendsUnsampled: false,
    open(host) {
      const getToken = typeof token === 'string' ? () => token : token;
      const fetch = binding ? (to: string, init: RequestInit) => binding.fetch(to, init) : host.fetch;
      return createIntakeTransport(target, getToken, { ...host, fetch });
    },
  };
}
