/** What is taken out of addresses. */
export interface UrlRules {
  /** Names of query parameters whose values stay. */
  readonly keepQuery: ReadonlySet<string>;
}

const absolute = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s"'<>\\]{1,8000})/gi;
/** A word with a query or a fragment, looked for from beginnings of words only: one that begins at any slash begins anew at every one. */
const word = /(?<![^\s"'<>])[^\s"'<>?#]*[?#][^\s"'<>]+/g;

/**
 * Takes user names and passwords, values of queries and fragments out of every address in a text, absolute or from the root of a host.
 * Names of parameters stay. Linear in the length of the text. Never throws.
 */
export function redactUrls(text: string, rules: UrlRules): string {
  let result = text;
  if (text.includes('://')) result = result.replace(absolute, (_, scheme: string, rest: string) => scheme + redactRest(rest, rules));
  if (/[?#]/.test(result)) {
    result = result.replace(word, (match, at: number, whole: string) => redactPath(match, /[<>]/.test(whole[at - 1] ?? ''), rules));
  }
  return result;
}

/** Values of a query, `a=1&b=2` as `a=?&b=?`. */
export function redactQuery(query: string, { keepQuery }: UrlRules): string {
  return query
    .split('&')
    .map((pair) => {
      const mark = pair.indexOf('=');
      // A part without a name may be a secret as a whole.
      if (mark < 0) return pair === '' ? '' : '?';
      const name = pair.slice(0, mark);
      return keepQuery.has(name) || mark === pair.length - 1 ? pair : `${name}=?`;
    })
    .join('&');
}

/** What follows the scheme: host, path, query, fragment. */
function redactRest(rest: string, rules: UrlRules): string {
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (end < 0) return host;
  const tail = rest.slice(end).search(/[?#]/);
  return tail < 0 ? host + rest.slice(end) : host + rest.slice(end, end + tail) + redactTail(rest.slice(end + tail), rules);
}

/** A word with a path from the root of a host in it, at its beginning or after `(` or `=`. */
function redactPath(match: string, isInTag: boolean, rules: UrlRules): string {
  let from = 0;
  for (const { index } of match.matchAll(/[?#]/g)) {
    if (index === match.length - 1) break;
    const path = match.slice(from, index);
    if ((from === 0 && !isInTag && path.startsWith('/')) || /[(=]\//.test(path))
      return match.slice(0, index) + redactTail(match.slice(index), rules);
    from = index + 1;
  }
  return match;
}

/** From `?` or `#` on. */
function redactTail(tail: string, rules: UrlRules): string {
  const fragment = tail.indexOf('#');
  const query = fragment < 0 ? tail : tail.slice(0, fragment);
  return query.length > 1 ? `?${redactQuery(query.slice(1), rules)}` : query;
}
