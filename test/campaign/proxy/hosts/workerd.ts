import type { App } from '../proxy-app.ts';

/** A Worker's entry. */
export function serve(app: App): { readonly fetch: App } {
  return { fetch: app };
}
