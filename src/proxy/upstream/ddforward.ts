import { fetchUpstream } from './fetch-upstream.ts';

/** Options of `browserSdkForward`. */
export interface BrowserSdkForwardOptions {
  /** Default `datadoghq.com`. */
  readonly site?: string;
  /** Client tokens (`pub…`) of the site's own RUM and logs applications; others are refused. */
  readonly clientTokens: readonly string[];
  /** For tests: where to send instead of the site's intake. */
  readonly url?: string;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Where a request of the Browser SDK goes: the code of a refusal, or the status that the intake answered. */
export interface ForwardBrowserSdk {
  (
    ddforward: string,
    body: Uint8Array<ArrayBuffer>,
    contentType: string | null,
    address: string | undefined,
  ): Promise<{ readonly code: string } | { readonly status: number }>;
  /** Judges the target alone, before anything of the body is read. Where it is missing, the call judges. */
  readonly isAllowed?: (ddforward: string) => boolean;
}

/** Bytes of one request: the SDK flushes at 16 KiB and drops messages over 256 KiB; replay segments are larger. */
export const maxForwardBytes = 1_048_576;
const paths: readonly string[] = ['/api/v2/rum', '/api/v2/logs', '/api/v2/replay', '/api/v2/profile'];
const keys: readonly string[] = [
  'ddsource',
  'dd-api-key',
  'dd-evp-origin-version',
  'dd-evp-origin',
  'dd-request-id',
  'dd-evp-encoding',
  'batch_time',
  '_dd.api',
  '_dd.retry_count',
  '_dd.retry_after',
];
const timeoutMillis = 10_000;

/**
 * Passes what Datadog's Browser SDK sends (`proxy: '/t'`) on to the intake of its site, so that one proxy serves a page that has RUM too.
 * Host and paths are fixed; of the query, known keys with plain values travel on, built anew; of the headers none; the body as it is.
 *
 * @throws TypeError where no client token is given or one is none, or the site is none.
 * @see https://docs.datadoghq.com/real_user_monitoring/guide/proxy-rum-data/
 */
export function browserSdkForward(options: BrowserSdkForwardOptions): ForwardBrowserSdk {
  const { site = 'datadoghq.com', clientTokens } = options;
  const fail = (rule: string): never => {
    throw new TypeError(`Cannot forward for the Browser SDK as ${rule}`);
  };
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(site)) fail(`\`site\` must be a host like datadoghq.eu: current value is ${site}`);
  if (!clientTokens.length || !clientTokens.every((token) => /^pub[0-9a-f]{32}$/.test(token))) {
    fail('`clientTokens` must be client tokens, pub and 32 hex digits: current value holds another');
  }
  const base = options.url ?? `https://${browserIntake(site)}`;
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);

  const forward: ForwardBrowserSdk = async (ddforward, body, contentType, address) => {
    const target = readTarget(ddforward, clientTokens);
    if (target === undefined) return { code: 'forward_not_allowed' };
    const headers: Record<string, string> = {
      'Content-Type': contentType === 'application/octet-stream' ? contentType : 'text/plain;charset=UTF-8',
    };
    // A form with parts carries its boundary in the type.
    if (/^multipart\/form-data; ?boundary=[\w'()+,./:=?-]{1,70}$/.test(contentType ?? '')) headers['Content-Type'] = contentType!;
    if (address !== undefined && /^[\w.:]+$/.test(address)) headers['X-Forwarded-For'] = address;
    try {
      const signal = AbortSignal.timeout(timeoutMillis);
      const { status } = await fetchUpstream(fetch, `${base}${target}`, { method: 'POST', headers, body, signal });
      return status >= 200 && status < 600 && !(status >= 300 && status < 400) ? { status } : { code: 'upstream_redirect' };
    } catch {
      return { code: 'upstream_unreachable' };
    }
  };
  return Object.assign(forward, { isAllowed: (ddforward: string) => readTarget(ddforward, clientTokens) !== undefined });
}

/** Path and query of an address that the SDK names, built anew; undefined where it is not one of ours. */
function readTarget(ddforward: string, clientTokens: readonly string[]): string | undefined {
  const [path = '', query = '', ...rest] = ddforward.split('?');
  if (ddforward.length > 2_048 || rest.length > 0 || !paths.includes(path)) return undefined;
  const given = new URLSearchParams(query);
  if (!clientTokens.includes(given.get('dd-api-key') ?? '')) return undefined;
  const built = new URLSearchParams();
  for (const key of keys) {
    const value = given.get(key);
    if (value !== null && /^[\w.:,/ -]{0,200}$/.test(value)) built.set(key, value);
  }
  return `${path}?${built}`;
}

/** @see https://github.com/DataDog/browser-sdk packages/core/src/domain/configuration/endpointBuilder.ts */
function browserIntake(site: string): string {
  if (site === 'datadoghq.com' || site === 'datadoghq.eu') return `browser-intake-${site}`;
  const end = site.lastIndexOf('.');
  return `browser-intake-${site.slice(0, end).replaceAll('.', '-')}${site.slice(end)}`;
}
