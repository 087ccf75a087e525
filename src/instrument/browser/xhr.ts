import { context } from '@opentelemetry/api';
import { answerClientCall, type ClientCall, type ClientTools, failClientCall, startClientCall } from '../fetch.ts';
import { createGuard } from '../guard.ts';
import { createInstrumentation, type Instrumentation } from '../instrumentation.ts';
import { patch } from '../patch.ts';
import type { PageRequestOptions } from './fetch.ts';
import { pageBase, propagateFromPage } from './page-propagation.ts';

/** Between `open()` and the end of the request. */
interface OpenRequest {
  readonly method: string;
  readonly url: string;
  /** Ends the span of a request under way; `error` names what ended it before an answer. */
  end?: (error?: string) => void;
}

// Named as `fetch` names the same.
const errorNames: Record<string, string> = { error: 'NetworkError', abort: 'AbortError', timeout: 'TimeoutError' };

/** A CLIENT span per XMLHttpRequest, from `send()` until it is loaded, failed, aborted or timed out. Synchronous ones too. */
export function xhrInstrumentation(options: PageRequestOptions<XMLHttpRequest> = {}): Instrumentation<PageRequestOptions<XMLHttpRequest>> {
  return createInstrumentation('xhr', options, (watch) => {
    const prototype = globalThis.XMLHttpRequest?.prototype;
    if (!prototype) return undefined;
    const guard = createGuard();
    const tools: ClientTools<XMLHttpRequest> = {
      ...watch,
      guard,
      base: pageBase,
      propagate: (url) => propagateFromPage(watch.options().allowedTracingUrls, url),
    };
    const requests = new WeakMap<object, OpenRequest>();
    const undoOpen = patch(prototype, 'open', (native, self, args) => {
      const result = Reflect.apply(native, self, args);
      guard('open', () => {
        const xhr = self as XMLHttpRequest;
        // A request under way is dropped without any event.
        requests.get(xhr)?.end?.('abort');
        requests.set(xhr, { method: String(args[0]), url: String(args[1]) });
      });
      return result;
    });
    const undoSend = patch(prototype, 'send', (native, self, args) => {
      const xhr = self as XMLHttpRequest;
      const send = (): unknown => Reflect.apply(native, self, args);
      const request = requests.get(xhr);
      // A second `send()` fails in the host.
      const call = request && !request.end && guard('starting an XHR span', () => startClientCall(tools, request.method, request.url));
      if (!call) return send();
      guard('setting headers', () => {
        for (const name in call.headers) xhr.setRequestHeader(name, call.headers[name]!);
      });
      request.end = watchEnd(tools, xhr, call);
      try {
        return context.with(call.context, send);
      } catch (error) {
        request.end((error as Error | undefined)?.name ?? 'error');
        throw error;
      }
    });
    return () => {
      undoOpen?.();
      undoSend?.();
    };
  });
}

function watchEnd(tools: ClientTools<XMLHttpRequest>, xhr: XMLHttpRequest, { span }: ClientCall): (error?: string) => void {
  const events = ['load', ...Object.keys(errorNames)];
  const end = (error?: string): void => {
    for (const type of events) xhr.removeEventListener(type, onEvent);
    tools.guard('ending an XHR span', () => {
      if (error) {
        const name = errorNames[error] ?? error;
        failClientCall(span, { name, message: name });
      } else {
        // All of them, for asking for a header that CORS hides makes the browser complain on its console.
        const timing = /^server-timing:(.*)/im.exec(xhr.getAllResponseHeaders())?.[1]?.trim();
        answerClientCall(tools, span, xhr.status, xhr, timing);
      }
    });
    tools.guard('ending an XHR span', () => span.end());
  };
  const onEvent = ({ type }: Event): void => end(type === 'load' ? undefined : type);
  for (const type of events) xhr.addEventListener(type, onEvent);
  return end;
}
