export { withContext } from '../context/with-context.ts';
export {
  type DatadogRules,
  type DatadogRulesOptions,
  datadogRules,
  type SpanSamplingRule,
  type TraceSamplingRule,
} from '../datadog/datadog-rules.ts';
export type { DatadogEvent, DatadogLink, DatadogSpan } from '../datadog/datadog-span.ts';
export type { BatchOptions, FlushResult } from '../export/batch-span-processor.ts';
export type { DropReason, EnvelopeLedger, EnvelopeLine, EnvelopeRuntime } from '../export/envelope.ts';
export type { OnDrop, Stats } from '../export/ledger.ts';
export { recordException, withSpan } from '../instrument/with-span.ts';
export { b3, b3multi } from '../propagation/b3.ts';
export { baggage } from '../propagation/baggage.ts';
export { type CompositeOptions, composite } from '../propagation/composite.ts';
export { datadog } from '../propagation/datadog.ts';
export { traceContext } from '../propagation/trace-context.ts';
export { type RedactOptions, redact } from '../redact/redact.ts';
export { type AgentOptions, agent } from '../sdk/agent-exporter.ts';
export type { ApiCopy } from '../sdk/api-copy.ts';
export type { Configuration, ConfigValue } from '../sdk/configuration.ts';
export { createTracerProvider, type OwnTracerProvider, type TracerProviderOptions } from '../sdk/create-provider.ts';
export type { BeforeSend } from '../sdk/encoder.ts';
export { type Exporter, type IntakeOptions, intake, type ServiceBinding } from '../sdk/exporter.ts';
export type { InstrumentationLike, TracingOptions } from '../sdk/options.ts';
export type { TracingHandle } from '../sdk/register.ts';
export type { SpanLimits } from '../trace/limits.ts';
export { alwaysOff, alwaysOn, parentBased, ratio, type Sampler, type SamplingResult } from '../trace/sampler.ts';
export type { RecordedException, SpanData, SpanEvent, SpanLink } from '../trace/span-data.ts';
export type { SpanProcessor } from '../trace/span-processor.ts';
