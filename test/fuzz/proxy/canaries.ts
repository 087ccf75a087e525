/** Says whether what all objects inherit is still as it was. */
export interface PrototypeCanary {
  /** Cheap, for after each input. */
  isClean(): boolean;
  /** Everything, for now and then. */
  findings(): string[];
}

/** Remembers every property of every prototype that a reader of JSON could write to. */
export function createPrototypeCanary(): PrototypeCanary {
  const watched = [Object, Array, Function, String, Number, Boolean, Map, Set, Uint8Array, Promise, Error, RegExp].map(
    (each) => each.prototype,
  );
  const before = watched.map((each) => Object.getOwnPropertyDescriptors(each) as Record<PropertyKey, PropertyDescriptor>);
  const keyCount = Reflect.ownKeys(Object.prototype).length;
  return {
    isClean: () => Reflect.ownKeys(Object.prototype).length === keyCount && ({} as Record<string, unknown>)['polluted'] === undefined,
    findings: () =>
      watched.flatMap((each, index) => {
        const now = Object.getOwnPropertyDescriptors(each) as Record<PropertyKey, PropertyDescriptor>;
        const known = before[index]!;
        return [...new Set([...Reflect.ownKeys(now), ...Reflect.ownKeys(known)])]
          .filter((key) => now[key]?.value !== known[key]?.value || now[key]?.get !== known[key]?.get)
          .map((key) => `prototype ${index}: ${String(key)}`);
      }),
  };
}
