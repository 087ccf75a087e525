/**
 * What an Agent takes of an id: missing and nil are 0, which it looks at later, and one below zero is what its bits are without a sign, as
 * tracers without unsigned integers send them. Strict, it is left as it is.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/pbgo/trace/decoder_bytes.go
 */
export function idOf(value: unknown, isLenient: boolean): unknown {
  if (!isLenient) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value < 0) return BigInt.asUintN(64, BigInt(value));
  return typeof value === 'bigint' && value < 0n ? BigInt.asUintN(64, value) : (value ?? 0);
}

/** The Agent makes 0 of a duration below zero, and its own time of such a start: agent/normalizer.go. */
export function timeOf(value: unknown, isLenient: boolean): unknown {
  return isLenient && (typeof value === 'number' || typeof value === 'bigint') && value < 0 ? 0 : (value ?? 0);
}
