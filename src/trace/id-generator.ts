/** Fills with random bytes: `crypto.getRandomValues`. */
export type FillRandom = (bytes: Uint32Array<ArrayBuffer>) => void;

/** One call to the system's random source costs about a microsecond, so it is asked for this many words at once (4 KiB). */
const poolWords = 1024;

/**
 * Ids as Datadog's tracers make them: span ids and the low half of trace ids have 63 bits, never zero.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/id.js
 */
export class IdGenerator {
  /** The last id made, two unsigned 32-bit halves. */
  high = 0;
  low = 0;
  readonly #fill: FillRandom;
  #pool: Uint32Array<ArrayBuffer> | undefined;
  #next = 0;

  constructor(fill: FillRandom) {
    this.#fill = fill;
  }

  /** Makes the next id and leaves it in `high` and `low`. */
  next(): void {
    do {
      if (this.#pool === undefined || this.#next === poolWords) {
        this.#pool ??= new Uint32Array(poolWords);
        this.#fill(this.#pool);
        this.#next = 0;
      }
      this.high = (this.#pool[this.#next++] as number) & 0x7fffffff;
      this.low = this.#pool[this.#next++] as number;
    } while (this.high === 0 && this.low === 0);
  }
}
