import type { ViewerMessage } from '../viewer-span.ts';

/** How the page stands with the server. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  /** Times are epoch milliseconds. */
  | { state: 'gone'; sinceMillis: number; tries: number; nextTryMillis: number };

/** What a stream reports. */
export interface StreamEvents {
  onMessage(message: ViewerMessage): void;
  onConnection(connection: Connection): void;
}

/** An open stream. */
export interface Stream {
  /** Tries at once instead of waiting for the next turn. */
  retry(): void;
  close(): void;
}

const firstWaitMillis = 1000;
const maxWaitMillis = 8000;

/**
 * Listens to the server's events, and tries again 1, 2, 4, 8, 8 … seconds after it went away. Waiting is done here and not by the
 * browser, so that the page can say when the next try is.
 */
export function openStream(url: string, events: StreamEvents): Stream {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  let sinceMillis = 0;

  function connect(): void {
    source?.close();
    clearTimeout(timer);
    const opened = new EventSource(url);
    source = opened;
    opened.onmessage = (event) => {
      const message = parseMessage(event.data);
      if (!message) return;
      if (tries > 0 || message.type === 'snapshot') events.onConnection({ state: 'live' });
      tries = 0;
      events.onMessage(message);
    };
    opened.onerror = () => {
      if (source !== opened) return;
      opened.close();
      if (tries === 0) sinceMillis = Date.now();
      const waitMillis = Math.min(maxWaitMillis, firstWaitMillis * 2 ** tries);
      tries++;
      events.onConnection({ state: 'gone', sinceMillis, tries, nextTryMillis: Date.now() + waitMillis });
      timer = setTimeout(connect, waitMillis);
    };
  }

  connect();
  return {
    retry: connect,
    close() {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    },
  };
}

function parseMessage(data: unknown): ViewerMessage | undefined {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === 'object' && message !== null && 'type' in message ? (message as ViewerMessage) : undefined;
  } catch {
    return undefined;
  }
}
