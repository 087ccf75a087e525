import { runIn, saveRestoreHub } from './save-restore-hub.ts';
import { boundToActive, type InstallPatch, patchFunction } from './save-restore-patches.ts';

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };
type Slots = Record<string, Listener | undefined>;

/**
 * `addEventListener` and `removeEventListener`: a listener added in one context and called in another sees the first, as with Zone.js; one
 * added where no context is active sees what is active where it is called. A listener added twice is called once, one that is removed is gone.
 * After the patch is undone, `removeEventListener` goes on finding the listeners that were added meanwhile.
 */
export const patchListeners: InstallPatch = (host) => {
  const known = new WeakMap<object, WeakMap<object, Slots>>();
  let wrapped = false;
  const slotsOf = (target: unknown, listener: Listener): Slots => {
    const targets = entry(known, listener, () => new WeakMap<object, Slots>());
    return entry(targets, (target ?? host) as object, () => ({}));
  };
  const prototype = host.EventTarget.prototype;
  const add = prototype.addEventListener;
  const undoAdd = patchFunction(prototype, 'addEventListener', (args, self) => {
    const [type, listener, options] = args as [string, Listener | null, AddEventListenerOptions | boolean | undefined];
    if (!listener || (typeof listener !== 'function' && typeof listener !== 'object')) return args;
    const { once, signal } = optionsOf(options);
    const hub = saveRestoreHub();
    const { c } = hub;
    const slots = slotsOf(self, listener);
    const slot = slotOf(type, options);
    // Known: still added, so the engine ignores this call, as it would without us.
    if (!slots[slot]) {
      if (c === undefined && !once && !signal) {
        slots[slot] = listener;
      } else {
        wrapped = true;
        const forget = (): void => {
          if (slots[slot] === wrapper) delete slots[slot];
        };
        const wrapper = function (this: unknown, ...received: unknown[]): unknown {
          if (once) forget();
          const isFunction = typeof listener === 'function';
          const fn = isFunction ? listener : listener.handleEvent;
          const that = isFunction ? this : listener;
          return c === undefined ? Reflect.apply(fn, that, received) : runIn(hub, c, fn, that, received);
        };
        slots[slot] = wrapper;
        if (signal) Reflect.apply(add, signal, ['abort', forget, { once: true }]);
      }
    }
    return [type, slots[slot], ...args.slice(2)];
  });
  const undoRemove = patchFunction(prototype, 'removeEventListener', (args, self) => {
    const [type, listener, options] = args as [string, Listener | null, EventListenerOptions | boolean | undefined];
    if (!listener || (typeof listener !== 'function' && typeof listener !== 'object')) return args;
    const slots = slotsOf(self, listener);
    const slot = slotOf(type, options);
    const added = slots[slot] ?? listener;
    delete slots[slot];
    return [type, added, ...args.slice(2)];
  });
  return () => {
    undoAdd();
    if (!wrapped) undoRemove();
  };
};

const handlerOwners = [
  'XMLHttpRequestEventTarget',
  'XMLHttpRequest',
  'MessagePort',
  'Worker',
  'WebSocket',
  'EventSource',
  'BroadcastChannel',
  'FileReader',
  'IDBRequest',
  'IDBOpenDBRequest',
  'IDBTransaction',
  'HTMLElement',
  'SVGElement',
  'Document',
];

/** The `on…` properties of XHR, ports, workers, sockets, IndexedDB, FileReader, elements, document and `window`. */
export const patchHandlers: InstallPatch = (host) => {
  const originals = new WeakMap<object, unknown>();
  const undos: (() => void)[] = [];
  const patchAll = (owner: object): void => {
    for (const key of Object.getOwnPropertyNames(owner)) {
      const was = key.startsWith('on') ? Object.getOwnPropertyDescriptor(owner, key) : undefined;
      if (was?.set && was.get && was.configurable) undos.push(patchHandler(owner, key, was, originals));
    }
  };
  // By name: to look at every constructor of the host would make the engine set up each of them, tens of milliseconds.
  for (const name of handlerOwners) {
    const owner = (host as unknown as Record<string, { prototype: object } | undefined>)[name];
    if (owner) patchAll(owner.prototype);
  }
  patchAll(host);
  return () => {
    for (const undo of undos) undo();
  };
};

function patchHandler(owner: object, key: string, was: PropertyDescriptor, originals: WeakMap<object, unknown>): () => void {
  let live = true;
  const get = function (this: unknown): unknown {
    const value = was.get?.call(this);
    return originals.get(value) ?? value;
  };
  const set = function (this: unknown, handler: unknown): void {
    const bound = live ? boundToActive(handler) : handler;
    if (bound !== handler) originals.set(bound as object, handler);
    was.set?.call(this, bound);
  };
  Object.defineProperty(owner, key, { ...was, get, set });
  return () => {
    live = false;
    if (Object.getOwnPropertyDescriptor(owner, key)?.set === set) Object.defineProperty(owner, key, was);
  };
}

function entry<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

function optionsOf(options: AddEventListenerOptions | boolean | undefined): AddEventListenerOptions {
  return typeof options === 'object' && options ? options : {};
}

function slotOf(type: string, options: EventListenerOptions | boolean | undefined): string {
  return `${(typeof options === 'object' ? options?.capture : options) ? '!' : ''}${type}`;
}
