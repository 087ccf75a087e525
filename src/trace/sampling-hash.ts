/**
 * Datadog's sampling hash: keeps where `(low 64 bits of the trace id × 1111111111111111111) mod 2^64 ≤ rate × (2^64 − 1)`.
 * The product's upper 53 bits decide, which is all the precision that a rate has.
 *
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/sampler.js
 */
export function isKept(high: number, low: number, rate: number): boolean {
  if (rate >= 1) return true;
  // 1111111111111111111 = 0x0F6B75AB × 2^32 + 0x2BC471C7, multiplied in 16-bit steps so that no product leaves 53 bits.
  const lowProduct = multiply(low, 0x2bc471c7);
  const middle = (Math.imul(high, 0x2bc471c7) + Math.imul(low, 0x0f6b75ab)) >>> 0;
  const hashHigh = (lowProduct.high + middle) >>> 0;
  return hashHigh * 0x1_0000_0000 + lowProduct.low <= rate * 2 ** 64;
}

function multiply(a: number, b: number): { high: number; low: number } {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const lowest = aLow * bLow;
  const middle = aHigh * bLow + Math.floor(lowest / 0x10000);
  const other = aLow * bHigh + (middle % 0x10000);
  return { high: aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000), low: Math.imul(a, b) >>> 0 };
}
