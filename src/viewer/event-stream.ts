import type { ViewerMessage, ViewerSpan } from './viewer-span.ts';

/** The open streams of a viewer's pages. */
export interface EventStreams {
  /** Opens a stream: first what there is, then what comes. */
  open(): Response;
  send(message: ViewerMessage): void;
}

export interface EventStreamsOptions {
  /** Everything there is: a snapshot whose spans may go on in further messages. Taken as fast as the page reads. */
  readonly backlog: () => Iterator<ViewerMessage>;
  readonly pingMillis: number;
}

/** Spans of one message. */
const maxMessageSpans = 1_000;
/** What may wait for a page that does not read; then its stream ends, and the page asks anew for everything. */
const maxWaitingBytes = 16_777_216;

/** Messages as Server-Sent Events. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function createEventStreams({ backlog, pingMillis }: EventStreamsOptions): EventStreams {
  const open = new Set<(bytes: Uint8Array<ArrayBuffer>) => void>();
  const encoder = new TextEncoder();
  const toEvent = (message: ViewerMessage): Uint8Array<ArrayBuffer> => encoder.encode(`data: ${JSON.stringify(message)}\n\n`);

  function openStream(): ReadableStream<Uint8Array> {
    const rest = backlog();
    let stop = (): void => {};
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          const write = (bytes: Uint8Array<ArrayBuffer>): void => {
            if (-(controller.desiredSize ?? 0) < maxWaitingBytes) controller.enqueue(bytes);
            else {
              stop();
              controller.close();
            }
          };
          const timer = setInterval(() => write(encoder.encode(': ping\n\n')), pingMillis);
          stop = () => {
            clearInterval(timer);
            open.delete(write);
          };
          controller.enqueue(encoder.encode('retry: 1000\n\n'));
          open.add(write);
        },
        pull(controller) {
          const next = rest.next();
          if (!next.done) controller.enqueue(toEvent(next.value));
        },
        cancel() {
          stop();
        },
      },
      { highWaterMark: 65_536, size: (chunk) => chunk?.length ?? 0 },
    );
  }

  return {
    open: () =>
      new Response(openStream(), {
        headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' },
      }),
    send(message) {
      if (open.size === 0) return;
      const bytes = toEvent(message);
      for (const write of open) write(bytes);
    },
  };
}

/** Spans in lists of at most 1,000, at least one list. */
export function* inMessages(spans: Iterable<ViewerSpan>): Generator<ViewerSpan[], void> {
  let list: ViewerSpan[] = [];
  let isFirst = true;
  for (const span of spans) {
    if (list.length === maxMessageSpans) {
      yield list;
      isFirst = false;
      list = [];
    }
    list.push(span);
  }
  if (isFirst || list.length > 0) yield list;
}
