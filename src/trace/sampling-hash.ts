/**
 * Datadog's sampling hash: keeps where `(low 64 bits of the trace id × 1111111111111111111) mod 2^64 ≤ rate × (2^64 − 1)`.
 * The product's upper 53 bits decide, which is all the precision that a rate has.
 *
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/sampler.js
 */
export function isKept(high: number, low: number, rate: number): boolean {
  return Number(BigInt.asUintN(64, ((BigInt(high) << 32n) | BigInt(low)) * 1111111111111111111n)) <= rate * 2 ** 64;
}
