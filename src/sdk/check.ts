/** Throws where an option is not what it must be, in the one form of all set-up errors. */
export function check(isRight: boolean, option: string, rule: string, value: unknown, action = 'register tracing'): void {
  if (!isRight) throw new TypeError(`Cannot ${action} as \`${option}\` must ${rule}: current value is ${show(value)}`);
}

/** A value in a word: of texts what may stand in a log, of an object its kind and keys. */
export function show(value: unknown): string {
  try {
    if (typeof value === 'string') return `'${mask(value).slice(0, 100)}'`;
    return typeof value === 'function'
      ? `function ${value.name}`
      : value instanceof Object
        ? `${value.constructor.name} {${Object.keys(value)}}`.slice(0, 100)
        : String(value);
  } catch {
    return typeof value;
  }
}

/** An address without user name, password and query: they may be secrets. */
export function mask(url: string): string {
  return url.replace(/[^/]*@|[?#].*/gs, '');
}
