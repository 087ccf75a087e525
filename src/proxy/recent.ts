/** What was used lately, of a bounded number of keys: the one that was not used longest is forgotten first. */
export interface Recent<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
}

/** Remembers `maxKeys` values in the memory of this process or isolate. */
export function createRecent<V>(maxKeys: number): Recent<V> {
  const values = new Map<string, V>();
  // A Map keeps the order in which keys were added.
  const set = (key: string, value: V): void => {
    values.delete(key);
    values.set(key, value);
    if (values.size > maxKeys) values.delete(values.keys().next().value as string);
  };
  return {
    get(key) {
      const value = values.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    set,
    delete: (key) => void values.delete(key),
  };
}
