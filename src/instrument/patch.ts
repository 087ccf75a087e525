type AnyFunction = (...args: never[]) => unknown;

/** What runs in place of a patched function. `native` calls the original on the same `this`. */
export type PatchHandler = (native: (args: unknown[]) => unknown, args: unknown[], self: unknown) => unknown;

/** Found on a patch of ours, also by another copy of this module. */
interface Slot {
  /** In charge. */
  handler: PatchHandler;
  /** Puts the original back, unless somebody patched on top. */
  restore(): void;
}

/**
 * Puts `handler` before a function of the host. The replacement is a proxy, so name, length and own properties are the original's;
 * `__original` gives it away. Where a patch of ours is in place already, the newest handler takes it over, so one call never makes two
 * spans. Returns what undoes it, which lets calls through where somebody patched on top. Throws where the host forbids it.
 */
export function patch(target: object, name: string, handler: PatchHandler): () => void {
  const brand = Symbol.for('edgespan.patch');
  const host = target as Record<string, AnyFunction & { [brand]?: Slot; __original?: { [brand]?: Slot } }>;
  const slot = host[name]![brand] ?? host[name]!.__original?.[brand] ?? replace(host, name, brand);
  slot.handler = handler;
  return () => {
    if (slot.handler !== handler) return;
    slot.handler = passThrough;
    slot.restore();
  };
}

const passThrough: PatchHandler = (native, args) => native(args);

function replace(host: Record<string, AnyFunction>, name: string, brand: symbol): Slot {
  const original = host[name]!;
  const before = Object.getOwnPropertyDescriptor(host, name);
  const slot: Slot = {
    handler: passThrough,
    restore() {
      // `Reflect` says no where the property was frozen since: the patch stays and lets calls through.
      if (host[name] === value) before ? Reflect.defineProperty(host, name, before) : Reflect.deleteProperty(host, name);
    },
  };
  const own: Record<string | symbol, unknown> = { __proto__: null, __original: original, toString: () => String(original), [brand]: slot };
  const value = new Proxy(original, {
    apply: (_, self, args) => slot.handler((given) => Reflect.apply(original, self, given), args, self),
    get: (_, key) => own[key] ?? Reflect.get(original, key),
  });
  Object.defineProperty(host, name, { value, writable: true, enumerable: true, configurable: true });
  return slot;
}
