import worker, { DedupeObject } from '../../../../src/entries/proxy/worker.ts';
import type { ProxyContext, QueueMessage, QueueMessages } from '../../../../src/entries/proxy.ts';

export { DedupeObject };

// The ready Worker; between the Queue and its consumer messages change places, and every fifth comes twice.
// oxlint-disable-next-line import/no-default-export -- what workerd asks for
export default {
  fetch: worker.fetch,
  async queue(batch: QueueMessages, env: unknown, ctx: ProxyContext): Promise<void> {
    const messages = [...batch.messages];
    for (let index = messages.length - 1; index > 0; index--) {
      const other = Math.floor(Math.random() * (index + 1));
      [messages[index], messages[other]] = [messages[other]!, messages[index]!];
    }
    const twice = messages
      .filter(() => Math.random() < 0.2)
      .map(({ id, body, attempts }): QueueMessage => ({ id, body, attempts, ack() {}, retry() {} }));
    await Promise.all([
      worker.queue({ queue: batch.queue, messages }, env, ctx),
      worker.queue({ queue: batch.queue, messages: twice }, env, ctx),
    ]);
    await worker.queue({ queue: batch.queue, messages: twice }, env, ctx);
  },
};
