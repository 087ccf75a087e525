/** What is taken out of addresses. */
export interface UrlRules {
  /** Names of query parameters whose values stay. */
  readonly keepQuery: ReadonlySet<string>;
}

/** A value that begins so and has no white space or quotes is an address and nothing else, as most are. */
const begin = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;
/** Absolute, or without its scheme at the beginning of a word. */
const absolute = /(?:\b[a-z][a-z0-9+.-]{1,20}:|(?<![^\s"'<>]))\/\/[^\s"'<>\\]+/gi;
/** Up to the last `@` before the path. */
const userInfo = /^((?:[^:/]*:)?\/\/)[^/]*@/;
/** `;name=value` in a path. @see RFC 3986 §3.3 */
const parameter = /;([^;=/?#]{1,100})=[^;/?#]+/g;
/** A path from the root of a host, with parameters. */
const pathOfParameters = /(?<![^\s"'<>])\/[^\s"'<>;?#]*;[^\s"'<>?#]+/g;
/** A word with a query or a fragment, looked for from beginnings of words only: one that begins at any slash begins anew at every one. */
const word = /(?<![^\s"'<>])[^\s"'<>?#]*[?#][^\s"'<>]+/g;

/**
 * Where a query or a fragment begins. A `?` before more of a path, between values that were masked or at the end stands for what was
 * taken out: a second redaction leaves it, and an Agent's routes (`/users/?/orders`).
 */
const tail = /#|\?(?!(?:\/[^/?#=&;]*|;[^;=/?#&]{1,100}=(?=\?)|%2[36][\w.~-]{1,64}%3D(?=\?))+(?:$|[?#])|[\])},.:;!]{0,9}$)/g;

/**
 * Takes user names and passwords, values of queries and fragments out of every address in a text, absolute or from the root of a host.
 * Names of parameters stay. Linear in the length of the text. Never throws.
 */
export function redactUrls(text: string, rules: UrlRules): string {
  if (!/[\s"'<>\\]/.test(text) && begin.test(text)) return redactAddress(text, rules);
  let result = text;
  if (text.includes('//')) result = result.replace(absolute, (match) => redactAddress(match, rules));
  if (/[?#]/.test(result)) {
    result = result.replace(word, (match, at: number, whole: string) => redactPath(match, /[<>]/.test(whole[at - 1] ?? ''), rules));
  }
  if (result.includes(';')) result = result.replace(pathOfParameters, (match) => redactParameters(match, rules));
  return result;
}

/** Values of a query, `a=1&b=2` as `a=?&b=?`. */
export function redactQuery(query: string, { keepQuery }: UrlRules): string {
  let result = '';
  for (let from = 0, end = 0; end < query.length; from = end + 1) {
    end = query.indexOf('&', from);
    if (end < 0) end = query.length;
    const pair = query.slice(from, end);
    const mark = pair.indexOf('=');
    const name = pair.slice(0, mark + 1);
    // A part without a name may be a secret as a whole.
    const isKept = mark === pair.length - 1 || keepQuery.has(name.slice(0, -1));
    result += `${from ? '&' : ''}${isKept ? pair : `${name}?`}`;
  }
  return result;
}

/** An absolute address: no user and password, no fragment. */
function redactAddress(text: string, rules: UrlRules): string {
  const end = text.search(tail);
  let head = end < 0 ? text : text.slice(0, end);
  if (head.includes('@')) head = head.replace(userInfo, '$1');
  if (head.includes(';')) head = redactParameters(head, rules);
  return end < 0 ? head : head + redactTail(text.slice(end), rules);
}

function redactParameters(path: string, { keepQuery }: UrlRules): string {
  return path.replace(parameter, (match, name: string) => (keepQuery.has(name) ? match : `;${name}=?`));
}

/** A word with a path from the root of a host in it, at its beginning or after `(` or `=`. */
function redactPath(match: string, isInTag: boolean, rules: UrlRules): string {
  // The route of a page, in its fragment.
  if (/^#!?\//.test(match)) {
    const end = match.slice(1).search(tail) + 1;
    return end ? match.slice(0, end) + redactTail(match.slice(end), rules) : match;
  }
  let from = 0;
  for (const { index } of match.matchAll(tail)) {
    if (index === match.length - 1) break;
    const path = match.slice(from, index);
    if ((from === 0 && !isInTag && path.startsWith('/')) || /[(=]\//.test(path))
      return match.slice(0, index) + redactTail(match.slice(index), rules);
    from = index + 1;
  }
  return match;
}

/** From `?` or `#` on. */
function redactTail(text: string, rules: UrlRules): string {
  const fragment = text.indexOf('#');
  const query = fragment < 0 ? text : text.slice(0, fragment);
  return query.length > 1 ? `?${redactQuery(query.slice(1), rules)}` : query;
}
