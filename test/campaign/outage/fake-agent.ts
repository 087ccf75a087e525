import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where in a forward a process is killed. */
export const forwardInstants = ['before the body is read', 'recorded, not answered', 'just answered'] as const;
export type ForwardInstant = (typeof forwardInstants)[number];

/** Stands in for a Datadog Agent and writes down every span: what the campaign believes. */
export interface FakeAgent {
  readonly url: string;
  /** How often each span came, by trace and span id. */
  readonly journal: ReadonlyMap<string, number>;
  /** Requests that were written down. */
  forwards(): number;
  setUp(isUp: boolean): void;
  /** Calls `kill` at this instant of the nth forward from now. */
  killAt(instant: ForwardInstant, nth: number, kill: () => void): void;
  close(): void;
}

/** Names of the spans of a v0.4 body, ids as they stand in the text. Read apart from the code under test. */
export function spanNames(text: string): string[] {
  const reviver = (key: string, value: unknown, context?: { source?: string }): unknown =>
    key === 'trace_id' || key === 'span_id' ? context!.source : value;
  const chunks = JSON.parse(text, reviver) as { trace_id: string; span_id: string }[][];
  return chunks.flat().map((span) => `${span.trace_id}.${span.span_id}`);
}

export async function startFakeAgent(): Promise<FakeAgent> {
  const journal = new Map<string, number>();
  let isUp = true;
  let refusals = 0;
  let forwards = 0;
  let plan: { readonly instant: ForwardInstant; left: number; readonly kill: () => void } | undefined;

  async function take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const isPlanned = plan !== undefined && --plan.left <= 0;
    const { instant, kill } = plan ?? {};
    if (isPlanned) plan = undefined;
    if (isPlanned && instant === 'before the body is read') {
      kill!();
      incoming.destroy();
      return;
    }
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    for (const name of spanNames(Buffer.concat(parts).toString())) journal.set(name, (journal.get(name) ?? 0) + 1);
    forwards++;
    if (isPlanned && instant === 'recorded, not answered') {
      kill!();
      incoming.destroy();
      return;
    }
    outgoing.end('{"rate_by_service":{}}', () => {
      if (isPlanned) kill!();
    });
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    // Down is a dead connection as often as an answer.
    if (!isUp && ++refusals % 2 === 0) incoming.destroy();
    else if (!isUp) {
      incoming.resume();
      outgoing.writeHead(503).end();
    } else if (incoming.url === '/info') outgoing.writeHead(404).end();
    else take(incoming, outgoing).catch(() => incoming.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    journal,
    forwards: () => forwards,
    setUp(next) {
      isUp = next;
    },
    killAt(instant, nth, kill) {
      plan = { instant, left: nth, kill };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
