import { context, trace } from '@opentelemetry/api';

const attributes = { int_val: 1, string_val: 'two', int_array: [3, 4], string_array: ['5', '6'], bool_array: [true, false] };

/**
 * The same lines as guide.py, through the API alone but for the helpers of a door: `withSpan` is Python's
 * `with tracer.start_as_current_span()`. Each section begins a trace of its own, also where a request is around it.
 */
export async function guide({ withSpan, recordException }) {
  const section = (name, run) => withSpan(name, { root: true }, run);

  await section('1 custom span', () => withSpan('1 child', {}, () => {}));

  await section('2 current span', () => {
    trace.getActiveSpan().setAttribute('found.by', 'current span');
  });

  await section('3 span tags', (span) => {
    span.setAttribute('attribute_key', 'attribute_value');
    span.setAttribute('an.int', 7);
    span.setAttribute('a.float', 1.5);
    span.setAttribute('a.bool', true);
    span.setAttribute('a.list', ['x', 'y']);
  });

  await section('4a event without attributes', (span) => {
    span.addEvent('Event With No Attributes');
  });

  await section('4b event with attributes', (span) => {
    span.addEvent('Event With Some Attributes', attributes);
  });

  const thrown = () => Object.assign(new Error('Error Message'), { name: 'Exception' });
  await section('5a exception without attributes', (span) => {
    span.recordException(thrown());
  });
  await section('5b exception with attributes', (span) => {
    recordException(span, thrown(), { status: 'failed' });
  });

  const boom = Object.assign(new Error('boom'), { name: 'Exception' });
  let caught;
  try {
    await section('6 exception leaves', () => {
      throw boom;
    });
  } catch (error) {
    caught = error;
  }
  if (caught !== boom) throw new Error('the exception did not come out as it was');
  if (trace.getSpan(context.active())?.isRecording() && trace.getActiveSpan().name?.startsWith('6'))
    throw new Error('a span stayed active');
}
