/**
 * Checks the address of an upstream, from configuration only: nothing of a request ever chooses where a proxy connects to.
 *
 * @param isSecret Whether what is sent there holds a key: then plain HTTP may go to this machine only. Else also to addresses of
 *   private networks and to names without a dot, as an Agent has them in a cluster.
 * @param mayHaveQuery Whether it is used as it is; where a path is put behind it, a query would swallow that.
 * @throws TypeError naming the option, the rule and the value (without its user name and password).
 */
export function upstreamUrl(action: string, option: string, value: unknown, isSecret: boolean, mayHaveQuery = false): URL {
  const fail = (rule: string, shown: unknown): never => {
    throw new TypeError(`Cannot ${action} as ${option} must be ${rule}: current value is ${shown}`);
  };
  if (typeof value !== 'string' || !URL.canParse(value))
    return fail('an absolute URL', typeof value === 'string' ? 'no URL' : typeof value);
  const url = new URL(value);
  if (url.username || url.password) fail('without user name and password', url.origin);
  // An empty one, too: it stands in `href`.
  if ((mayHaveQuery ? /#/ : /[?#]/).test(url.href)) fail(mayHaveQuery ? 'without fragment' : 'without query and fragment', url.origin);
  if (url.protocol === 'unix:') fail('http or https, as Unix sockets are not reachable by fetch', 'unix:');
  if (url.protocol === 'http:') {
    if (isLoopback(url.hostname) || (!isSecret && isPrivate(url.hostname))) return url;
    fail(isSecret ? 'https, or http on this machine' : 'https, or http in a private network', url.origin);
  }
  if (url.protocol !== 'https:') fail('http or https', url.protocol);
  return url;
}

/** Names and addresses of this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** @see RFC 1918, RFC 4193, RFC 3927 */
function isPrivate(hostname: string): boolean {
  return (
    /^(10(\.\d{1,3}){3}|192\.168(\.\d{1,3}){2}|172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2}|169\.254(\.\d{1,3}){2})$/.test(hostname) ||
    /^\[f[cd][0-9a-f]{2}:/.test(hostname) ||
    /^[a-z0-9-]*[a-z][a-z0-9-]*$/i.test(hostname) ||
    /\.(internal|local|svc|svc\.cluster\.local)$/.test(hostname)
  );
}
