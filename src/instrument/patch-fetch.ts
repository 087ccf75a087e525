import { type ClientHost, startClientCall } from './fetch.ts';
import { patch } from './patch.ts';

type Arguments = [input: RequestInfo | URL, init?: RequestInit | null, ...rest: unknown[]];

/** Traces `globalThis.fetch`: a span per call, ended when the headers are there. Bodies are neither read nor cloned. */
export function patchFetch(host: ClientHost<Response>, readsServerTiming?: boolean): () => void {
  const { guard } = host;
  // One that calls `fetch` again while it is called, as wrappers do, gets one span. Set and unset within one synchronous call.
  let isInside = false;
  return patch(globalThis, 'fetch', (native, args) => {
    const call = guard('fetch', () => {
      const [input, init] = args as unknown as Arguments;
      const request = requestOf(input);
      return isInside
        ? undefined
        : startClientCall(host, `${init?.method ?? request?.method ?? 'GET'}`, `${request ? request.url : input}`);
    });
    if (!call) return native(args);
    const given = guard('fetch', () => withHeaders(args as unknown as Arguments, call.headers)) ?? args;
    const onValue = (response: Response): Response => {
      call.answer(() => [response, response.status, readsServerTiming && response.headers.get('server-timing')]);
      return response;
    };
    const onError = (error: unknown): never => {
      call.fail(error);
      throw error;
    };
    isInside = true;
    try {
      const result = call.run(() => native(given)) as Promise<Response> | undefined;
      // A stand-in for `fetch` may give anything.
      return result?.then?.(onValue, onError) ?? onValue(result as never);
    } finally {
      isInside = false;
    }
  });
}

// By shape, as a Request of another realm is one too.
function requestOf(input: RequestInfo | URL): Request | undefined {
  return typeof input === 'object' && 'url' in input ? input : undefined;
}

/** The arguments with headers added. The caller's objects stay as they are, a Request may be used again. */
function withHeaders([input, init, ...rest]: Arguments, added: Readonly<Record<string, string>>): unknown[] | undefined {
  const request = requestOf(input);
  // A navigation that a service worker passes on would stop being one.
  if (!Object.keys(added)[0] || request?.mode === 'navigate') return undefined;
  const headers = new Headers(init?.headers ?? request?.headers);
  for (const name in added) headers.set(name, added[name]!);
  const proto: unknown = init && Object.getPrototypeOf(init);
  return [
    input,
    proto && proto !== Object.prototype
      ? // `fetch(url, request)`: its members are getters of the prototype, which a copy would not have.
        new Proxy(init!, { get: (target, key) => (key === 'headers' ? headers : Reflect.get(target, key)) })
      : // Fetch standard, constructor of Request: with an init the referrer of the Request is forgotten, so it is said again.
        { ...(init ?? (request && { referrer: request.referrer, referrerPolicy: request.referrerPolicy })), headers },
    ...rest,
  ];
}
