// Plays scripted calls of the OpenTelemetry API, as golden/scenarios.json has them, on whatever tracer is registered. It knows the API
// alone, so that the same calls can be made of any tracer in JavaScript.

/** Milliseconds as the API's `[seconds, nanoseconds]`, which leaves nothing to round. */
const time = (millis) => [Math.floor(millis / 1000), Math.round((millis % 1000) * 1e6)];

const spanContext = ({ trace_id: traceId, span_id: spanId, trace_flags: traceFlags }) => ({ traceId, spanId, traceFlags });

/** Every operation; each gets the span its `ref` names. `start` is apart, as it makes one. */
const operations = {
  end: (span, step) => span.end(time(step.end_ms)),
  set_attribute: (span, step) => span.setAttribute(step.key, step.value),
  set_attributes: (span, step) => span.setAttributes(step.attributes),
  add_event: (span, step) =>
    step.attributes ? span.addEvent(step.name, step.attributes, time(step.time_ms)) : span.addEvent(step.name, time(step.time_ms)),
  set_status: (span, { code, message }, api) =>
    span.setStatus({ code: api.SpanStatusCode[code], ...(message !== undefined && { message }) }),
  update_name: (span, step) => span.updateName(step.name),
  record_exception(span, step, _api, takesExceptionAttributes) {
    const error = Object.assign(new Error(step.message), { name: step.type, stack: step.stack });
    if (step.attributes && takesExceptionAttributes) span.recordException(error, step.attributes, time(step.time_ms));
    else span.recordException(error, time(step.time_ms));
  },
};

function start(step, api, tracer) {
  const { context, propagation, ROOT_CONTEXT, SpanKind, trace } = api;
  const options = {
    kind: SpanKind[step.kind],
    startTime: time(step.start_ms),
    ...(step.attributes && { attributes: step.attributes }),
    ...(step.links && {
      links: step.links.map((link) => ({ context: spanContext(link.context), ...(link.attributes && { attributes: link.attributes }) })),
    }),
    ...(step.root && { root: true }),
  };
  const remote = step.remote_parent;
  if (!remote) return tracer.startSpan(step.name, options, context.active());
  const parent = remote.trace_state
    ? propagation.extract(ROOT_CONTEXT, {
        traceparent: `00-${remote.trace_id}-${remote.span_id}-${remote.trace_flags.toString(16).padStart(2, '0')}`,
        tracestate: remote.trace_state,
      })
    : trace.setSpanContext(ROOT_CONTEXT, { ...spanContext(remote), isRemote: true });
  return tracer.startSpan(step.name, options, parent);
}

/**
 * Runs the steps of one scenario and returns the spans by their names in it.
 * @param takesExceptionAttributes whether `recordException` knows a parameter for attributes, which the API has not
 */
export function play(scenario, api, tracer, takesExceptionAttributes = true) {
  const spans = new Map();
  run(0);
  return spans;

  function run(from) {
    for (let index = from; index < scenario.steps.length; index++) {
      const step = scenario.steps[index];
      if (step.op === 'start') {
        const span = start(step, api, tracer);
        spans.set(step.ref, span);
        if (step.active) return api.context.with(api.trace.setSpan(api.context.active(), span), () => run(index + 1));
      } else {
        const operation = Object.hasOwn(operations, step.op) && operations[step.op];
        if (!operation)
          throw new Error(`unknown op ${JSON.stringify(step.op)} in scenario ${JSON.stringify(scenario.id)}, step ${index + 1}`);
        operation(spans.get(step.ref), step, api, takesExceptionAttributes);
      }
    }
  }
}
