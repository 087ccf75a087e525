/** Throws where an option is not what it must be, in the one form of all set-up errors. */
export function check(isRight: boolean, option: string, rule: string, value: unknown, action = 'register tracing'): void {
  if (!isRight) throw new TypeError(`Cannot ${action} as \`${option}\` must ${rule}: current value is ${show(value)}`);
}

/** A value in a word of at most 200 characters. Never throws, whatever the value does when it is looked at. */
export function show(value: unknown): string {
  try {
    return word(value).slice(0, 200);
  } catch {
    return typeof value;
  }
}

/** Of texts what may stand in a log, of functions the name, of objects the keys. */
function word(value: unknown): string {
  if (typeof value === 'string') return `'${mask(value.slice(0, 2000))}'`;
  if (Array.isArray(value)) return `[${value.map(word)}]`;
  if (typeof value === 'function') return `function ${value.name}`;
  return typeof value === 'object' && value ? `{${Object.keys(value)}}` : String(value);
}

/** An address without user name, password and query: they may be secrets. */
export function mask(url: string): string {
  return url.replace(/[^/]*@|[?#].*/gs, '');
}
