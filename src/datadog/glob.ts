/**
 * Whether a text is matched whole by a pattern of Datadog's sampling rules: `*` any characters, `?` one, case does not matter.
 * Goes back to the last `*` only, so that no pattern takes longer than its length times the text's.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/util.js globMatch
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = pattern.toLowerCase();
  const given = text.toLowerCase();
  let at = 0;
  let star = -1;
  let starAt = 0;
  let index = 0;
  while (at < given.length) {
    if (wanted[index] === '*') {
      star = index++;
      starAt = at;
    } else if (wanted[index] === '?' || wanted[index] === given[at]) {
      index++;
      at++;
    } else if (star >= 0) {
      index = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (wanted[index] === '*') index++;
  return index === wanted.length;
}
