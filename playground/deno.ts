// The last tier, in Deno: stores the order. Its spans go to the intake that EDGESPAN_INTAKE_URL names.
import { instrument, recordException, register, withSpan } from 'edgespan/deno';

register({ service: 'orders', env: 'playground', version: '0.8.2', exitSignals: true, batch: { scheduledDelayMillis: 200 } });

let nextOrder = 9_007_199_254_740_993n;

/** The first attempt at a payment always fails: a trace without trouble shows little. */
function charge(attempt: number): Promise<string> {
  return attempt === 1 ? Promise.reject(new DOMException('Signal timed out after 120 ms', 'TimeoutError')) : Promise.resolve('paid');
}

async function storeOrder(request: Request): Promise<Response> {
  const { sku, quantity } = await request.json();
  const id = String(nextOrder++);
  await withSpan('reserve stock', async (span) => {
    span.setAttributes({ sku, quantity });
    await new Promise((resolve) => setTimeout(resolve, 4));
    span.addEvent('stock.reserved', { sku, shelves: ['A4', 'B1'], complete: true });
  });
  await withSpan('charge card', async (span) => {
    try {
      await charge(1);
    } catch (error) {
      recordException(span, error, { 'order.id': id, 'retry.after_ms': 10 });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    span.setAttribute('payment.status', await charge(2));
  });
  return Response.json({ orderId: id });
}

Deno.serve(
  { hostname: '127.0.0.1', port: Number(Deno.env.get('PORT') ?? 0), onListen: ({ port }) => console.log(`listening ${port}`) },
  instrument(storeOrder),
);
