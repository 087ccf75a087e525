/** Throws where an option is not what it must be, in the one form of all set-up errors. */
export function check(isRight: boolean, option: string, rule: string, value: unknown, action = 'register tracing'): void {
  if (!isRight) throw new TypeError(`Cannot ${action} as \`${option}\` must ${rule}: current value is ${show(value)}`);
}

function show(value: unknown): string {
  try {
    return typeof value === 'string' ? `'${value.slice(0, 100)}'` : String(value).slice(0, 100);
  } catch {
    return typeof value;
  }
}
