/** One thing that happened. Never holds a body, a token or a key. */
export interface ProxyLogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly [field: string]: string | number | undefined;
}

/** Takes log entries. */
export type ProxyLog = (entry: ProxyLogEntry) => void;

/** How often the same event and code are said; what came between is counted. */
const quietMillis = 60_000;
/** Different events and codes remembered; both are ours, so this is never reached. */
const maxKinds = 200;
const maxTextLength = 256;

/** Lines of JSON by `console.log`. */
export function consoleLog(entry: ProxyLogEntry): void {
  console.log(JSON.stringify(entry));
}

/**
 * A log that says the same event, code and limit once a minute, with how many there were since, and cleans every text: control characters
 * and line ends become `?`, 256 characters are kept.
 */
export function createLog(write: ProxyLog, now: () => number): ProxyLog {
  const kinds = new Map<string, { untilMillis: number; quiet: number }>();
  return (entry) => {
    const kind = `${entry.event} ${entry['code'] ?? ''} ${entry['limit'] ?? ''}`;
    const known = kinds.get(kind);
    const leftMillis = known === undefined ? 0 : known.untilMillis - now();
    // More than the whole pause: the clock went back.
    if (known !== undefined && leftMillis > 0 && leftMillis <= quietMillis) {
      known.quiet++;
      return;
    }
    if (kinds.size >= maxKinds) kinds.clear();
    kinds.set(kind, { untilMillis: now() + quietMillis, quiet: 0 });
    const fields = Object.entries(entry).map(([key, value]) => [key, typeof value === 'string' ? cleanText(value) : value]);
    if (known?.quiet) fields.push(['repeated', known.quiet]);
    try {
      write(Object.fromEntries(fields) as ProxyLogEntry);
    } catch {
      // A log that fails must not fail a request.
    }
  };
}

/** Says that something of ours, or of the operator's functions, threw: by its kind alone, as a message may hold anything. */
export function logInternalError(log: ProxyLog, error: unknown): void {
  log({ level: 'error', event: 'internal_error', code: error instanceof Error ? error.name : typeof error });
}

/** Without anything that a terminal or a reader of lines would act on. */
export function cleanText(text: string): string {
  return text.slice(0, maxTextLength).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}
