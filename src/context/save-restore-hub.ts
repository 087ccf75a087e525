import type { Context } from '@opentelemetry/api';

/**
 * What is shared by the code that the build plugin writes and by the context manager, whichever of them comes first and however many
 * chunks or copies of the package a page loads. Later versions add fields only.
 */
export interface SaveRestoreHub {
  /** The active context; undefined: the root, and nothing to carry: no manager has set anything. */
  c: Context | undefined;
  /** Number of enabled managers. */
  on: number;
  /** Set once by the run-time of the build plugin: patches the host for what is not `await`, and returns what undoes it. */
  patch?: (() => () => void) | undefined;
  /** Set while the host is patched. */
  undo?: (() => void) | undefined;
}

/** The meeting point of all copies, `globalThis[Symbol.for('edgespan.save-restore')]`, made at the first call (never at import). Never throws. */
export function saveRestoreHub(): SaveRestoreHub {
  const host = globalThis as unknown as Record<symbol, SaveRestoreHub | undefined>;
  const key = Symbol.for('edgespan.save-restore');
  host[key] ??= { c: undefined, on: 0 };
  return host[key];
}

/**
 * Says that transformed code is there, and how the host is patched for what is not `await`. The first run-time wins; patches are installed
 * at once where a manager is enabled, else when one is.
 */
export function announceSaveRestore(patch: () => () => void): void {
  const hub = saveRestoreHub();
  hub.patch ??= patch;
  if (hub.on) hub.undo ??= hub.patch();
}

/** Runs `fn` in a context (undefined: root), and puts back what was active. */
export function runIn<R>(
  hub: SaveRestoreHub,
  context: Context | undefined,
  fn: (...args: never[]) => R,
  self: unknown,
  args: ArrayLike<unknown>,
): R {
  const before = hub.c;
  hub.c = context;
  try {
    return Reflect.apply(fn, self, args);
  } finally {
    hub.c = before;
  }
}
