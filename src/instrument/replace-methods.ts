/**
 * The object with some of its methods replaced. A plain object is copied; of any other one a child is made, so that getters and the
 * prototype's methods stay. The given methods call the original themselves, so private fields of `target` keep working.
 */
export function replaceMethods<T extends object>(target: T, methods: Record<string, unknown>): T {
  const prototype: unknown = Object.getPrototypeOf(target);
  return Object.assign(prototype === Object.prototype || prototype === null ? { ...target } : derive(target, methods), methods);
}

// Assigning would meet setters and read-only members of the prototype chain.
function derive<T extends object>(target: T, methods: Record<string, unknown>): T {
  const descriptors: PropertyDescriptorMap = {};
  for (const key of Object.keys(methods)) descriptors[key] = { writable: true, enumerable: true, configurable: true };
  return Object.create(target, descriptors) as T;
}
