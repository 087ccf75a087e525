// Stands in for Cloudflare in a process of its own that outlives the proxy's: a queue with its dead-letter queue, and Durable Objects.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DedupeObject } from '../../../src/entries/proxy.ts';
import { createRandom } from '../random.ts';
import type { Decisions } from './bindings.ts';
import { createMessageStore, type TakenMessages } from './message-store.ts';
import { createObjectStorage } from './object-storage.ts';
import { runByScaledClock } from './scaled-clock.ts';

const { SCALE = '1', BEGAN = '0', SEED = '1' } = process.env;
const realSetTimeout = setTimeout;
runByScaledClock(Number(SCALE), Number(BEGAN));
const store = createMessageStore(createRandom(Number(SEED)), 0.2, Date.now);
const maxConcurrency = 5;
const maxBatchSize = 10;
/** A consumer may run for 15 minutes; here a real minute is enough. */
const consumerMillis = 60_000;

let consumer: string | undefined;
let running = 0;

async function bring(batch: TakenMessages): Promise<void> {
  const url = consumer;
  let decisions: Decisions | 'killed' | 'absent' = 'killed';
  try {
    const headers = { queue: batch.queue, connection: 'close' };
    const body = JSON.stringify(batch.messages);
    const answer = await fetch(`${url}/messages`, { method: 'POST', headers, body, signal: AbortSignal.timeout(consumerMillis) });
    if (answer.ok) decisions = (await answer.json()) as Decisions;
  } catch (error) {
    if (consumer === url) consumer = undefined;
    if ((error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED') decisions = 'absent';
  }
  batch.decide(decisions);
  running--;
}

function dispatch(): void {
  while (consumer !== undefined && running < maxConcurrency) {
    const batch = store.take(maxBatchSize);
    if (batch === undefined) break;
    running++;
    void bring(batch);
  }
  realSetTimeout(dispatch, 20);
}

/** As Cloudflare's input gates do, one event at a time for each object. */
const objects = new Map<string, { readonly object: DedupeObject; last: Promise<unknown> }>();
function askObject(name: string, request: Request): Promise<Response> {
  const known = objects.get(name) ?? { object: new DedupeObject({ storage: createObjectStorage() }), last: Promise.resolve() };
  objects.set(name, known);
  const answer = known.last.then(() => known.object.fetch(request));
  known.last = answer.catch(() => {});
  return answer;
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const server = createServer(async (incoming, outgoing) => {
  try {
    const body = await read(incoming);
    const [, what, name = '', action = ''] = incoming.url!.split('/');
    if (what === 'send') {
      const refusal = store.send(Uint8Array.from(body));
      outgoing.writeHead(refusal === undefined ? 200 : 413).end(refusal);
    } else if (what === 'object') {
      const answer = await askObject(name, new Request(`https://dedupe/${action}`, { method: 'POST', body: body.toString() }));
      outgoing.writeHead(answer.status).end(await answer.text());
    } else if (what === 'consumer') {
      consumer = body.toString() || undefined;
      outgoing.end();
    } else outgoing.end(JSON.stringify(store.stats()));
  } catch {
    outgoing.destroy();
  }
}).listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`));
dispatch();
