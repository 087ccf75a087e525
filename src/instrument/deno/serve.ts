import { context, type Tracer } from '@opentelemetry/api';
import { createGuard } from '../guard.ts';
import { replaceMethods } from '../replace-methods.ts';
import { type ServerOptions, serveRequest } from '../server.ts';

/** A handler in the manner of `fetch`: what `Deno.serve`, `Bun.serve` and the adapters of Node take. */
export type FetchHandler = (request: Request, ...rest: never[]) => Response | Promise<Response>;

/** A server object: what `deno serve` and `Bun.serve` take. */
export interface FetchServer {
  fetch: FetchHandler;
}

/**
 * The handler, or the object around it, with a SERVER span around each request. `tracer` is asked at each request, so `register` may
 * come later. Never throws by itself; what the handler throws goes on to the host.
 */
export function instrumentServe<H extends FetchHandler | FetchServer>(handler: H, tracer: () => Tracer, options: ServerOptions = {}): H {
  const guard = createGuard();
  const wrap = (find: () => FetchHandler, owner?: unknown): FetchHandler =>
    // Two parameters by name: Deno looks at a handler's `length` and makes no request for one that takes none.
    function (this: unknown, request, info, ...rest) {
      const self = owner ?? this;
      const next = (): Response | Promise<Response> => Reflect.apply(find(), self, [request, info, ...rest] as never);
      const from = guard('finding a tracer', tracer);
      return from ? serveRequest({ tracer: from, guard, options, context: context.active() }, request, next) : next();
    };
  if (typeof handler === 'function') return wrap(() => handler) as H;
  // Looked up at each request, for the host may exchange it (`bun --hot`).
  return replaceMethods(handler, { fetch: wrap(() => handler.fetch, handler) });
}
