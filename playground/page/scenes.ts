// What the playground's buttons run, in the order of Datadog's guide to custom instrumentation with the OpenTelemetry API.
// The text between the region marks is shown beside the button.
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { recordException, withSpan } from 'edgespan/browser';

const tracer = trace.getTracer('shop', '1.4.0');

/** Headings with the scenes below them: id and title. */
export const groups: readonly { group: string; ids: readonly (readonly [id: string, title: string])[] }[] = [
  {
    group: 'Across tiers',
    ids: [
      ['call-worker', 'Call the Worker'],
      ['throw', 'Throw'],
      ['close-tab', 'Close this tab with 1,000 spans'],
    ],
  },
  {
    group: 'Spans',
    ids: [
      ['custom-span', 'Custom span'],
      ['nested', 'Nested and active span'],
      ['current', 'Current span'],
      ['tags', 'Span tags of every type'],
    ],
  },
  {
    group: 'Events',
    ids: [
      ['event', 'Event'],
      ['event-attributes', 'Event with attributes'],
    ],
  },
  {
    group: 'Exceptions',
    ids: [
      ['exception', 'Recorded exception'],
      ['exception-attributes', 'Exception with attributes'],
    ],
  },
];

export const scenes: Readonly<Record<string, () => unknown>> = {
  async 'call-worker'() {
    // #region call-worker
    await withSpan('click button#place-order', async (span) => {
      span.setAttribute('browser.user_agent', navigator.userAgent);
      const answer = await fetch('/api/checkout', { method: 'POST' });
      const { orderId } = await answer.json();
      span.addEvent('order.placed', { 'order.id': orderId });
    });
    // #endregion
  },

  async throw() {
    // #region throw
    await withSpan('click button#empty-cart', async () => {
      const cart: { items?: string[] } = {};
      return (cart.items as string[]).length;
    }).catch(() => {});
    // #endregion
  },

  async 'close-tab'() {
    // #region close-tab
    for (let index = 0; index < 1000; index++) {
      tracer.startSpan(`item ${index}`, { attributes: { index } }).end();
    }
    location.assign('/closed'); // all 1,000 arrive
    // #endregion
  },

  'custom-span'() {
    // #region custom-span
    const span = tracer.startSpan('price.calculate');
    span.setAttribute('items', 3);
    span.end();
    // #endregion
  },

  async nested() {
    // #region nested
    await tracer.startActiveSpan('checkout', async (parent) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      // still the parent, three awaits or thirty later
      tracer.startActiveSpan('stock.reserve', (child) => child.end());
      parent.end();
    });
    // #endregion
  },

  current() {
    // #region current
    tracer.startActiveSpan('cart.open', (span) => {
      trace.getActiveSpan()?.setAttribute('user.plan', 'pro');
      span.end();
    });
    // #endregion
  },

  tags() {
    // #region tags
    const span = tracer.startSpan('product.show');
    span.setAttribute('product.name', 'Ångström ruler');
    span.setAttributes({
      'product.price': 12.5,
      'product.stock': 9007199254740991,
      'product.sale': true,
      'product.tags': ['office', 'metal'],
      'product.sizes': [15, 30],
      'product.flags': [true, false],
    });
    span.end();
    // #endregion
  },

  event() {
    // #region event
    const span = tracer.startSpan('video.play');
    span.addEvent('Event With No Attributes');
    span.end();
    // #endregion
  },

  'event-attributes'() {
    // #region event-attributes
    const span = tracer.startSpan('video.play');
    span.addEvent('Event With Some Attributes', {
      int_val: 1,
      string_val: 'two',
      int_array: [3, 4],
      string_array: ['5', '6'],
      bool_array: [true, false],
    });
    span.end();
    // #endregion
  },

  exception() {
    // #region exception
    const span = tracer.startSpan('coupon.apply');
    try {
      JSON.parse('{coupon}');
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'coupon is unreadable' });
    }
    span.end();
    // #endregion
  },

  'exception-attributes'() {
    // #region exception-attributes
    const span = tracer.startSpan('coupon.apply');
    recordException(span, new RangeError('coupon has expired'), { status: 'failed' });
    span.end();
    // #endregion
  },
};
