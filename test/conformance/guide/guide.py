# The sections of Datadog's "Python Custom Instrumentation using the OpenTelemetry API", and an exception that leaves a block.
import ddtrace.auto  # noqa: F401  sets ddtrace's TracerProvider, as DD_TRACE_OTEL_ENABLED is true
from opentelemetry import trace

tracer = trace.get_tracer("guide")
ATTRIBUTES = {"int_val": 1, "string_val": "two", "int_array": [3, 4], "string_array": ["5", "6"], "bool_array": [True, False]}

with tracer.start_as_current_span("1 custom span"):
    with tracer.start_as_current_span("1 child"):
        pass

with tracer.start_as_current_span("2 current span"):
    trace.get_current_span().set_attribute("found.by", "current span")

with tracer.start_as_current_span("3 span tags") as span:
    span.set_attribute("attribute_key", "attribute_value")
    span.set_attribute("an.int", 7)
    span.set_attribute("a.float", 1.5)
    span.set_attribute("a.bool", True)
    span.set_attribute("a.list", ["x", "y"])

with tracer.start_as_current_span("4a event without attributes") as span:
    span.add_event("Event With No Attributes")

with tracer.start_as_current_span("4b event with attributes") as span:
    span.add_event("Event With Some Attributes", ATTRIBUTES)

for label, attributes in (("5a exception without attributes", None), ("5b exception with attributes", {"status": "failed"})):
    with tracer.start_as_current_span(label) as span:
        try:
            raise Exception("Error Message")
        except Exception as error:
            span.record_exception(error, attributes=attributes) if attributes else span.record_exception(error)

try:
    with tracer.start_as_current_span("6 exception leaves"):
        raise Exception("boom")
except Exception:
    pass

from ddtrace.trace import tracer as dd  # noqa: E402

dd.flush()
dd.shutdown()
