import { startClientCall } from '../fetch.ts';
import type { Instrumentation } from '../instrumentation.ts';
import { patch } from '../patch.ts';
import { createPageClient, type PageRequestOptions } from './page-client.ts';

/** What is known of an XMLHttpRequest that was opened. */
interface OpenRequest {
  method: string;
  address: string;
  /** Ends the span of the request under way. `type` is the event that ended it, or the name of what was thrown. */
  end?: ((type: string) => void) | undefined;
}

/**
 * A CLIENT span per XMLHttpRequest, from `send()` until it is loaded, failed, aborted or timed out. Synchronous ones too.
 *
 * @example
 * register({ service: 'shop-web', instrumentations: [xhrInstrumentation({ ignoreUrls: ['/health'] })] })
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function xhrInstrumentation(options: PageRequestOptions<XMLHttpRequest> = {}): Instrumentation<PageRequestOptions<XMLHttpRequest>> {
  return createPageClient('xhr', options, (host) => {
    const { prototype } = XMLHttpRequest;
    const { guard } = host;
    const requests = new WeakMap<object, OpenRequest>();
    const undoOpen = patch(prototype, 'open', (native, args, self) => {
      const result = native(args);
      guard('xhr', () => {
        const xhr = self as XMLHttpRequest;
        const request = requests.get(xhr) ?? ({} as OpenRequest);
        if (!requests.has(xhr)) {
          requests.set(xhr, request);
          for (const type of ['load', 'error', 'abort', 'timeout']) xhr.addEventListener(type, () => request.end?.(type));
        }
        // One under way is dropped without any event.
        request.end?.('abort');
        request.method = `${args[0]}`;
        request.address = `${args[1]}`;
      });
      return result;
    });
    const undoSend = patch(prototype, 'send', (native, args, self) => {
      const xhr = self as XMLHttpRequest;
      const request = requests.get(xhr);
      // A second `send()` fails in the host.
      const call = request && !request.end && guard('xhr', () => startClientCall(host, request.method, request.address));
      if (!call) return native(args);
      request.end = (type) => {
        request.end = undefined;
        if (type === 'load') call.answer(() => [xhr, xhr.status, xhr.getAllResponseHeaders()]);
        else call.fail({ name: type, message: type });
      };
      // All headers are looked through above, for asking for one that CORS hides makes the browser complain on its console.
      for (const name in call.headers) guard('xhr', () => xhr.setRequestHeader(name, call.headers[name]!));
      return call.run(() => native(args));
    });
    return () => {
      undoOpen();
      undoSend();
    };
  });
}
