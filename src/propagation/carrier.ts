import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';

/** Lets nothing out: undefined where `run` throws. */
export function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** A header's text; several of one name joined by commas, as HTTP has it. Empty where there is none or the getter throws. */
export function readHeader<Carrier>(carrier: Carrier, getter: TextMapGetter<Carrier>, name: string): string {
  const text = attempt((): unknown => {
    const value: unknown = getter.get(carrier, name);
    return Array.isArray(value) ? value.join() : value;
  });
  return typeof text === 'string' ? text : '';
}

/** Sets a header; a setter that throws loses this header only. */
export function writeHeader<Carrier>(carrier: Carrier, setter: TextMapSetter<Carrier>, name: string, value: string): void {
  attempt(() => setter.set(carrier, name, value));
}
