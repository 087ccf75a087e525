import type { Context } from '@opentelemetry/api';

/**
 * A context that holds one value and points at the one below: making one costs a small object, where the API's own copies a Map.
 * A key stands in a chain once, so a chain is never longer than there are keys, however deep spans nest.
 */
export class LinkedContext implements Context {
  readonly #below: Context;
  readonly #key: symbol;
  readonly #value: unknown;

  constructor(below: Context, key: symbol, value: unknown) {
    this.#below = LinkedContext.without(below, key);
    this.#key = key;
    this.#value = value;
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#below.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new LinkedContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new LinkedContext(this, key, undefined);
  }

  /** The chain without a key of ours; what lies in the API's own context below is covered, not removed. */
  static without(context: Context, key: symbol): Context {
    if (!(#below in context)) return context;
    if (context.#key === key) return context.#below;
    const below = LinkedContext.without(context.#below, key);
    return below === context.#below ? context : new LinkedContext(below, context.#key, context.#value);
  }
}
