/** What the page keeps between visits; a storage that throws (private windows, sandboxed frames) only forgets. */
export interface Keep {
  read(key: string): string | undefined;
  write(key: string, value: string): void;
}

/** Wraps a `Storage` so that nothing throws. The getter is a function as `localStorage` itself may throw. Keys get the prefix `edgespan.`. */
export function createKeep(storage: () => Storage | undefined): Keep {
  return {
    read(key) {
      try {
        return storage()?.getItem(`edgespan.${key}`) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(key, value) {
      try {
        storage()?.setItem(`edgespan.${key}`, value);
      } catch {
        // Full or forbidden: the choice lasts as long as the page.
      }
    },
  };
}

const serviceColourCount = 8;
const maxKeptServices = 64;

/** Gives the CSS colour of a service. */
export type ServiceColour = (service: string) => string;

/** A service takes the next slot when first seen and keeps it over reloads; after eight the slots repeat. */
export function createServiceColours(keep: Keep): ServiceColour {
  const slots = new Map<string, number>();
  for (const [index, service] of parseNames(keep.read('services')).entries()) slots.set(service, index);
  return (service) => {
    let slot = slots.get(service);
    if (slot === undefined) {
      slot = slots.size;
      slots.set(service, slot);
      if (slot < maxKeptServices) keep.write('services', JSON.stringify([...slots.keys()]));
    }
    return `var(--s${(slot % serviceColourCount) + 1})`;
  };
}

function parseNames(text: string | undefined): string[] {
  try {
    const names: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string').slice(0, maxKeptServices) : [];
  } catch {
    return [];
  }
}
