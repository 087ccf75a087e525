import type { DedupeNamespace, IntakeProxy, QueueBinding, QueueMessage } from '../../../src/entries/proxy.ts';
import type { Instants } from './instants.ts';

/** A message on its way between broker and process. */
export interface CarriedMessage {
  readonly id: string;
  readonly attempts: number;
  /** base64 */
  readonly body: string;
}

/** What a consumer decided; a message in neither list counts as acknowledged, as in Cloudflare's Queues. */
export interface Decisions {
  readonly retries: readonly { readonly id: string; readonly delaySeconds: number }[];
}

/** The producer's side, over HTTP to the broker. Rejects where the broker refuses. */
export function queueBinding(broker: string, { step }: Instants): QueueBinding {
  return {
    send: (body) =>
      step('send', async () => {
        const answer = await fetch(`${broker}/send`, { method: 'POST', body: body as Uint8Array<ArrayBuffer> });
        const text = await answer.text();
        if (!answer.ok) throw new Error(text);
      }),
  };
}

/** A Durable Object namespace whose objects live in the broker: they outlive every process of the proxy. */
export function dedupeBinding(broker: string, { step, end }: Instants): DedupeNamespace {
  return {
    idFromName: (name) => name,
    get: (name) => ({
      async fetch(url, init) {
        const what = new URL(url).pathname;
        const ask = (): Promise<Response> => fetch(`${broker}/object/${name as string}${what}`, init);
        if (what !== '/done') return step('claim', ask);
        const answer = await step('done', ask);
        end(init.body.replace(/^>/, '').split('.', 2).join('.'));
        return answer;
      },
    }),
  };
}

/** Hands what the broker brings to the proxy's consumer. */
export async function takeMessages(request: Request, proxy: IntakeProxy, { step }: Instants): Promise<Response> {
  const carried = (await request.json()) as readonly CarriedMessage[];
  const retries: { id: string; delaySeconds: number }[] = [];
  const messages = carried.map(
    ({ id, attempts, body }): QueueMessage => ({
      id,
      attempts,
      body: Uint8Array.from(atob(body), (character) => character.charCodeAt(0)).buffer,
      ack: () => {},
      retry: (options) => retries.push({ id, delaySeconds: options?.delaySeconds ?? 0 }),
    }),
  );
  await step('brought', () => proxy.queue({ queue: request.headers.get('queue') ?? '', messages }));
  return Response.json({ retries } satisfies Decisions);
}
