// The middle tier, in workerd: takes an order from the page and passes it on to the Deno service.
import { trace } from '@opentelemetry/api';
import { instrument, intake, withSpan } from 'edgespan/workers';

interface Env {
  /** The intake proxy, as a service binding. */
  INTAKE: { fetch(url: string, init: RequestInit): Promise<Response> };
  /** Where the Deno service listens. */
  ORDERS_URL: string;
}

const handler = {
  async fetch(_request: Request, env: Env): Promise<Response> {
    const cart = await withSpan('validate cart', async (span) => {
      span.setAttribute('cart.items', 3);
      span.addEvent('cart.priced', { currency: 'EUR', prices: [12.5, 3, 99.9], discounted: false });
      return { sku: 'sku-1041', quantity: 2 };
    });
    const answer = await fetch(`${env.ORDERS_URL}/orders`, { method: 'POST', body: JSON.stringify(cart) });
    const order = await answer.text();
    trace.getActiveSpan()?.setAttribute('order.status', answer.status);
    return new Response(order, { status: answer.status, headers: { 'content-type': 'application/json' } });
  },
};

export default instrument(handler, (env: Env) => ({
  service: 'api',
  env: 'playground',
  version: '2.9.1',
  exporter: intake({ binding: env.INTAKE }),
}));
