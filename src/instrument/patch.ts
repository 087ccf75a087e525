import { diag } from '@opentelemetry/api';

type AnyFunction = (...args: never[]) => unknown;

/** What runs in place of a patched function. It calls `original` itself. */
export type PatchHandler = (original: AnyFunction, self: unknown, args: unknown[]) => unknown;

/** Found on a patch of ours, also by another copy of this module. */
interface Slot {
  /** In charge; none lets everything through. */
  handler: PatchHandler | undefined;
  /** Puts the original back, unless somebody patched on top. */
  restore(): void;
}

/**
 * Puts `handler` before a function of the host. The replacement is a proxy, so name, length and own properties are the original's;
 * `__original` gives it away. Where a patch of ours is in place already, the newest handler takes it over, so one call never makes two
 * spans. Returns what undoes it, which lets calls through where somebody patched on top. Gives up quietly where the host forbids it.
 */
export function patch(target: object, name: string, handler: PatchHandler): (() => void) | undefined {
  const brand = Symbol.for('edgespan.patch');
  const host = target as Record<string, AnyFunction>;
  try {
    const slot = findSlot(host[name], brand) ?? replace(host, name, brand);
    slot.handler = handler;
    return () => {
      if (slot.handler !== handler) return;
      slot.handler = undefined;
      slot.restore();
    };
  } catch (error) {
    diag.debug(`edgespan: ${name} cannot be patched`, error);
    return undefined;
  }
}

function replace(host: Record<string, AnyFunction>, name: string, brand: symbol): Slot {
  const original = host[name]!;
  const before = Object.getOwnPropertyDescriptor(host, name);
  const value = new Proxy(original, {
    apply: (_, self, args) => (slot.handler ? slot.handler(original, self, args) : Reflect.apply(original, self, args)),
    get(_, key) {
      if (key === brand) return slot;
      if (key === 'toString') return () => String(original);
      return key === '__original' ? original : Reflect.get(original, key);
    },
  });
  const slot: Slot = {
    handler: undefined,
    restore() {
      // `Reflect` says no where the property was frozen since: the patch stays and lets calls through.
      if (host[name] === value) before ? Reflect.defineProperty(host, name, before) : Reflect.deleteProperty(host, name);
    },
  };
  Object.defineProperty(host, name, { value, writable: true, ...(before ? {} : { configurable: true, enumerable: true }) });
  return slot;
}

/** Looks below the patches of others that show their original. */
function findSlot(patched: AnyFunction | undefined, brand: symbol): Slot | undefined {
  for (let depth = 0; patched && depth < 9; depth++) {
    const { [brand]: slot, __original } = patched as unknown as { [brand]?: Slot; __original?: AnyFunction };
    if (slot) return slot;
    patched = __original;
  }
  return undefined;
}
