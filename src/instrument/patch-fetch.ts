import { answerClientCall, type ClientTools, runClientCall, startClientCall } from './fetch.ts';
import { patch } from './patch.ts';

type Arguments = [input: RequestInfo | URL, init?: RequestInit | null, ...rest: unknown[]];

/** Traces `globalThis.fetch`: a span per call, ended when the headers are there. Bodies are neither read nor cloned. */
export function patchFetch(tools: ClientTools<Response>, readsServerTiming: boolean): (() => void) | undefined {
  // One that calls `fetch` again while it is called, as wrappers do, gets one span. Set and unset within one synchronous call.
  let isInside = false;
  return patch(globalThis, 'fetch', (native, self, args) => {
    const call = isInside
      ? undefined
      : tools.guard('starting a fetch span', () => {
          const [input, init] = args as unknown as Arguments;
          const request = requestOf(input);
          return startClientCall(tools, String(init?.method ?? request?.method ?? 'GET'), request ? request.url : String(input));
        });
    if (!call) return Reflect.apply(native, self, args);
    const given = tools.guard('setting headers', () => withHeaders(args as unknown as Arguments, call.headers)) ?? args;
    const run = (): unknown => {
      isInside = true;
      try {
        return Reflect.apply(native, self, given);
      } finally {
        isInside = false;
      }
    };
    return runClientCall(tools.guard, call, run, (value) => {
      const response = value as Response;
      answerClientCall(tools, call.span, response.status, response, readsServerTiming ? response.headers.get('server-timing') : null);
    });
  });
}

// By shape, as a Request of another realm is one too.
function requestOf(input: RequestInfo | URL): Request | undefined {
  return typeof input === 'object' && 'url' in input ? input : undefined;
}

/** The arguments with headers added. The caller's objects stay as they are, a Request may be used again. */
function withHeaders([input, init, ...rest]: Arguments, added: Readonly<Record<string, string>>): unknown[] | undefined {
  const names = Object.keys(added);
  const request = requestOf(input);
  // A navigation that a service worker passes on would stop being one.
  if (!names.length || request?.mode === 'navigate') return undefined;
  const headers = new Headers(init?.headers ?? request?.headers);
  for (const name of names) headers.set(name, added[name]!);
  // Fetch standard, constructor of Request: with an init the referrer of the Request is forgotten, so it is said again.
  const kept = request && !init ? { referrer: request.referrer, referrerPolicy: request.referrerPolicy } : undefined;
  return [input, init ? withMember(init, headers) : { ...kept, headers }, ...rest];
}

/** A copy of a plain object; else a view of it, for the members of `fetch(url, request)` are getters of the prototype. */
function withMember(init: RequestInit, headers: Headers): RequestInit {
  const prototype: unknown = Object.getPrototypeOf(init);
  if (prototype === Object.prototype || prototype === null) return { ...init, headers };
  return new Proxy(init, { get: (target, key) => (key === 'headers' ? headers : Reflect.get(target, key)) });
}
