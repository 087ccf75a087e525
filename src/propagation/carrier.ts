import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';

/** A header's text; several of one name joined by commas, as HTTP has it. Empty where there is none or the getter throws. */
export function readHeader<Carrier>(carrier: Carrier, getter: TextMapGetter<Carrier>, name: string): string {
  try {
    const value: unknown = getter.get(carrier, name);
    const text: unknown = Array.isArray(value) ? value.join() : value;
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}

/** Sets a header; a setter that throws loses this header only. */
export function writeHeader<Carrier>(carrier: Carrier, setter: TextMapSetter<Carrier>, name: string, value: string): void {
  try {
    setter.set(carrier, name, value);
  } catch {
    // the request goes out without it
  }
}
