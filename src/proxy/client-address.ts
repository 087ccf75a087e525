/**
 * Reads the address that a reverse proxy in front writes into a header. Proxies append the address they saw, so what a sender makes up
 * stands before: of a list the last one is taken, or the one that the outermost of `proxyCount` proxies wrote. Without a port; undefined
 * where none is there.
 */
export function headerAddress(name: string, proxyCount = 1): (request: Request) => string | undefined {
  return (request) => {
    const last = request.headers.get(name)?.split(',').at(-proxyCount)?.trim() ?? '';
    const [, bracketed, v4, v6] =
      /^(?:\[([\da-f:.]+)\](?::\d+)?|(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?|([\da-f.]*:[\da-f:.]*))$/i.exec(last) ?? [];
    return bracketed ?? v4 ?? v6;
  };
}

/**
 * What a host hands over in place of an environment: Deno's facts of a connection, Bun's server. Both are new or the same for every request
 * whatever is configured.
 */
interface HostInfo {
  readonly remoteAddr?: { readonly hostname?: unknown } | null;
  requestIP?(request: Request): { readonly address?: unknown } | null;
}

/** Whether the second argument of a `fetch` handler is no environment: `Deno.serve(proxy.fetch)`, `Bun.serve(proxy)`. */
export function isHostInfo(given: unknown): given is HostInfo {
  const { remoteAddr, requestIP } = (given ?? {}) as Record<string, unknown>;
  return typeof requestIP === 'function' || (typeof remoteAddr === 'object' && remoteAddr !== null);
}

/** The other end of the connection, where the host says it. */
export function hostAddress(request: Request, given: unknown): string | undefined {
  // Cloudflare alone has these facts on a request, and sets the header on every one from outside: a sender cannot.
  const { cf } = request as { readonly cf?: unknown };
  if (typeof cf === 'object' && cf !== null) return request.headers.get('cf-connecting-ip') ?? undefined;
  if (!isHostInfo(given)) return undefined;
  const address = given.requestIP === undefined ? given.remoteAddr?.hostname : given.requestIP(request)?.address;
  return typeof address === 'string' ? address : undefined;
}
