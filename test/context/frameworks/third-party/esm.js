// Stands for a dependency in ESM: bundlers transform it like the application.
export async function viaDependency(fn) {
  await Promise.resolve();
  return fn();
}

export class RowReader {
  #rows;
  constructor(rows, seen) {
    this.#rows = [...rows];
    this.seen = seen;
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  async next() {
    this.seen('next');
    await null;
    this.seen('next after await');
    return this.#rows.length ? { value: this.#rows.shift(), done: false } : { value: undefined, done: true };
  }
  async return() {
    this.seen('return');
    await null;
    this.seen('return after await');
    return { value: undefined, done: true };
  }
}

/** A query builder as database clients have them: it runs when somebody awaits it. */
export class Query {
  constructor(run) {
    this.run = run;
  }
  where() {
    return this;
  }
  // biome-ignore lint/suspicious/noThenProperty: the subject
  then(onRow, onError) {
    return Promise.resolve(this.run()).then(onRow, onError);
  }
}
