// Runs a small program and writes down what it does, in which order and in which microtask. The same code runs in Node and in browsers.

/** What the program is run with: the calls that transformed code makes, and the context they carry. */
export interface TraceHost {
  require(id: string): unknown;
  /** Name of the active context, undefined at the root. */
  active(): string | undefined;
  /** Runs a function in the context of this name. */
  run<T>(name: string, fn: () => T): T;
}

export interface Trace {
  effects: string[];
  /** Effects seen in another context than the program's, and microtasks of others that saw the program's. */
  strays: string[];
}

type Log = (...parts: unknown[]) => void;

/** Values that programs work with; each says what the engine does with it. */
function createWorld(log: Log): Record<string, unknown> {
  const later = async (ticks: number, value: unknown): Promise<unknown> => {
    let chain = Promise.resolve();
    for (let tick = 0; tick < ticks; tick++) chain = chain.then(() => {});
    return chain.then(() => value);
  };
  const fail = (ticks: number, error: unknown): Promise<unknown> => later(ticks, 0).then(() => Promise.reject(error));
  const thenable = (value: unknown): object => ({
    // biome-ignore lint/suspicious/noThenProperty: the subject
    then(resolve: (value: unknown) => void) {
      log('then', arguments.length);
      resolve(value);
    },
  });
  const iterator = (kind: 'sync' | 'async', values: unknown[], extra: object = {}): object => ({
    [kind === 'sync' ? Symbol.iterator : Symbol.asyncIterator]() {
      log('iterator');
      let index = 0;
      const result = (value: unknown, done: boolean): unknown => (kind === 'sync' ? { value, done } : Promise.resolve({ value, done }));
      return {
        next(...sent: unknown[]) {
          log('next', ...sent);
          return index < values.length ? result(values[index++], false) : result('end', true);
        },
        return(...sent: unknown[]) {
          log('return', ...sent);
          return result('closed', true);
        },
        ...extra,
      };
    },
  });
  const resource = (name: string, kind: 'sync' | 'async' = 'async', fails = false): object => ({
    name,
    [kind === 'sync' ? Symbol.dispose : Symbol.asyncDispose]() {
      log('dispose', name);
      if (fails) throw new Error(`dispose ${name}`);
      return kind === 'sync' ? undefined : later(1, 0);
    },
  });
  class Sub extends Promise<unknown> {}
  return { log, later, fail, thenable, iterator, resource, Sub };
}

/** `code`: a script that sets `exports.main`. `context`: the name of the context that it runs in, if any. */
export async function traceProgram(code: string, host: TraceHost, context: string | undefined): Promise<Trace> {
  const effects: string[] = [];
  const strays: string[] = [];
  const log: Log = (...parts) => {
    const line = parts.map(show).join(' ');
    effects.push(line);
    if (host.active() !== context) strays.push(`${line}: ${host.active()} instead of ${context}`);
  };
  let isDone = false;
  let ticks = 0;
  // Others' microtasks, one after the other: what is between two dots happened in one tick.
  let giveUp = (): void => {};
  const givenUp = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const tick = (): void => {
    effects.push('·');
    if (host.active() !== undefined) strays.push(`tick ${ticks}: ${host.active()} leaked`);
    if (!isDone && ++ticks < 1000) Promise.resolve().then(tick);
    else giveUp();
  };
  const exports: { main?: () => Promise<unknown> } = {};
  const world = createWorld(log);
  new Function('exports', 'require', ...Object.keys(world), code)(exports, (id: string) => host.require(id), ...Object.values(world));
  const start = (): Promise<unknown> | undefined => exports.main?.();
  tick();
  const ended = context === undefined ? start() : host.run(context, start);
  if (host.active() !== undefined) strays.push(`after the call: ${host.active()} leaked`);
  effects.push('called');
  const end = ended?.then(
    (value) => effects.push(`= ${show(value)}`),
    (error) => effects.push(`! ${show(error)}`),
  );
  // An engine may have an error of its own by which a program never ends.
  await Promise.race([end, givenUp]);
  // What nobody awaits goes on for a while.
  for (let quiet = 0, seen = 0; quiet < 12; quiet++) {
    await undefined;
    if (effects.length - seen > 1) quiet = 0;
    seen = effects.length;
  }
  isDone = true;
  if (host.active() !== undefined) strays.push(`at the end: ${host.active()} leaked`);
  return { effects: [...effects], strays: [...strays] };
}

function show(value: unknown): string {
  if (value instanceof Error) {
    const inner = 'suppressed' in value && 'error' in value ? ` of ${show(value.error)} over ${show(value.suppressed)}` : '';
    // Engines word their own messages after the text of the code.
    return `${value.name}${/TypeError|ReferenceError/.test(value.name) ? '' : `(${value.message})`}${inner}`;
  }
  if (typeof value === 'function') return `function ${value.name}/${value.length}`;
  if (typeof value === 'object' && value !== null) {
    try {
      return JSON.stringify(value);
    } catch {
      return 'object';
    }
  }
  return String(value);
}
