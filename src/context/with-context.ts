import { context } from '@opentelemetry/api';

/**
 * Binds a function to the context that is active now: by hand, for code that no build plugin sees (another script, a CDN, `eval`). The name and
 * length stay. Never throws itself.
 *
 * @example
 * ```ts
 * legacyLoader.load(url, withContext((data) => render(data)))
 * ```
 */
export function withContext<F extends (...args: never[]) => unknown>(fn: F): F {
  return context.bind(context.active(), fn);
}
