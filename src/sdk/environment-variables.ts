import { maxBatchSpans } from '../trace/limits.ts';
import { defaultStyles } from './environment-options.ts';
import {
  type ParseValue,
  parseBoolean,
  parseCount,
  parseHeaderTags,
  parseHost,
  parseList,
  parseOne,
  parseOthers,
  parseRate,
  parseResource,
  parseRules,
  parseSampler,
  parseStyles,
  parseTags,
  parseText,
  parseUrl,
} from './environment-values.ts';

/** One option and the variables that may say it. */
export interface EnvironmentRow {
  /** Name of the option, `group.name` where it is a part of one. */
  readonly option: string;
  /** What is used where no variable says it, in words for people. */
  readonly fallback: string;
  /** By precedence: the first that is set and says something about this option counts. */
  readonly variables: Readonly<Record<string, ParseValue>>;
  /** An empty text is a value, too. */
  readonly takesEmpty?: boolean;
}

/**
 * Every variable that is read, with Datadog's precedence: `DD_` wins over `OTEL_`.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/config/supported-configurations.json
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function environmentRows(): readonly EnvironmentRow[] {
  return [
    {
      option: 'service',
      fallback: 'unnamed-service',
      variables: {
        DD_SERVICE: parseText,
        DD_TAGS: parseOne(parseTags, 'service'),
        OTEL_SERVICE_NAME: parseText,
        OTEL_RESOURCE_ATTRIBUTES: parseOne(parseResource, 'service.name'),
      },
    },
    {
      option: 'env',
      fallback: 'none',
      variables: {
        DD_ENV: parseText,
        DD_TAGS: parseOne(parseTags, 'env'),
        OTEL_RESOURCE_ATTRIBUTES: parseOne(parseResource, 'deployment.environment.name', 'deployment.environment'),
      },
    },
    {
      option: 'version',
      fallback: 'none',
      variables: {
        DD_VERSION: parseText,
        DD_TAGS: parseOne(parseTags, 'version'),
        OTEL_RESOURCE_ATTRIBUTES: parseOne(parseResource, 'service.version'),
      },
    },
    {
      option: 'tags',
      fallback: 'none',
      variables: { DD_TAGS: parseOthers(parseTags), OTEL_RESOURCE_ATTRIBUTES: parseOthers(parseResource) },
    },
    {
      option: 'enabled',
      fallback: 'true',
      variables: { DD_TRACE_ENABLED: parseBoolean, OTEL_TRACES_EXPORTER: (text) => (text.toLowerCase() === 'none' ? false : undefined) },
    },
    { option: 'enabled', fallback: 'true', variables: { DD_TRACE_OTEL_ENABLED: parseBoolean, OTEL_SDK_DISABLED: parseInverse } },
    {
      option: 'debug',
      fallback: 'false',
      variables: { DD_TRACE_DEBUG: parseBoolean, OTEL_LOG_LEVEL: (text) => /^debug$/i.test(text) || null },
    },

    { option: 'exporter.url', fallback: 'the Agent', variables: { EDGESPAN_INTAKE_URL: parseUrl } },
    { option: 'exporter.token', fallback: 'none', variables: { EDGESPAN_INTAKE_TOKEN: parseText } },
    {
      option: 'exporter.agentUrl',
      fallback: 'DD_AGENT_HOST, as only http reaches an Agent from here',
      variables: { DD_TRACE_AGENT_URL: parseUrl },
    },
    { option: 'exporter.host', fallback: '127.0.0.1', variables: { DD_AGENT_HOST: parseHost } },
    { option: 'exporter.port', fallback: '8126', variables: { DD_TRACE_AGENT_PORT: parseCount(1, 65_535) } },

    {
      option: 'sampleRate',
      fallback: 'none',
      // The sampler asks for its argument.
      variables: { DD_TRACE_SAMPLE_RATE: parseRate, OTEL_TRACES_SAMPLER: parseSampler, OTEL_TRACES_SAMPLER_ARG: () => null },
    },
    { option: 'sampling.rules', fallback: 'none', variables: { DD_TRACE_SAMPLING_RULES: parseRules } },
    { option: 'sampling.rateLimit', fallback: '100', variables: { DD_TRACE_RATE_LIMIT: parseCount(-1) } },
    { option: 'sampling.spanRules', fallback: 'none', variables: { DD_SPAN_SAMPLING_RULES: parseRules } },

    {
      option: 'propagators.both',
      fallback: defaultStyles.join(),
      variables: { DD_TRACE_PROPAGATION_STYLE: parseStyles, OTEL_PROPAGATORS: parseStyles },
    },
    { option: 'propagation.inject', fallback: 'those for both ways', variables: { DD_TRACE_PROPAGATION_STYLE_INJECT: parseStyles } },
    { option: 'propagation.extract', fallback: 'those for both ways', variables: { DD_TRACE_PROPAGATION_STYLE_EXTRACT: parseStyles } },
    { option: 'propagation.extractFirst', fallback: 'false', variables: { DD_TRACE_PROPAGATION_EXTRACT_FIRST: parseBoolean } },
    { option: 'propagation.behaviorExtract', fallback: 'continue', variables: { DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT: parseBehavior } },
    { option: 'propagators.maxItems', fallback: '64', variables: { DD_TRACE_BAGGAGE_MAX_ITEMS: parseCount(0) } },
    { option: 'propagators.maxBytes', fallback: '8192', variables: { DD_TRACE_BAGGAGE_MAX_BYTES: parseCount(0) } },
    {
      option: 'propagators.tagKeys',
      fallback: 'user.id,session.id,account.id',
      variables: { DD_TRACE_BAGGAGE_TAG_KEYS: parseList },
      takesEmpty: true,
    },
    { option: 'propagators.maxTagsLength', fallback: '512', variables: { DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH: parseCount(0, 512) } },

    {
      option: 'traceIdBits',
      fallback: '128',
      variables: { DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED: parseIdBits },
    },
    { option: 'headerTags', fallback: 'none', variables: { DD_TRACE_HEADER_TAGS: parseHeaderTags } },

    {
      option: 'batch.scheduledDelayMillis',
      fallback: '5000',
      variables: { DD_TRACE_FLUSH_INTERVAL: parseCount(0), OTEL_BSP_SCHEDULE_DELAY: parseCount(0) },
    },
    { option: 'batch.maxQueueSize', fallback: '32768, in Workers 4096', variables: { OTEL_BSP_MAX_QUEUE_SIZE: parseCount(1) } },
    {
      option: 'batch.maxExportBatchSize',
      fallback: `${maxBatchSpans}`,
      variables: { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: parseCount(1, maxBatchSpans) },
    },

    {
      option: 'spanLimits.attributeCountLimit',
      fallback: '128',
      variables: { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: parseCount(0), OTEL_ATTRIBUTE_COUNT_LIMIT: parseCount(0) },
    },
    { option: 'spanLimits.eventCountLimit', fallback: '128', variables: { OTEL_SPAN_EVENT_COUNT_LIMIT: parseCount(0) } },
    { option: 'spanLimits.linkCountLimit', fallback: '128', variables: { OTEL_SPAN_LINK_COUNT_LIMIT: parseCount(0) } },
    { option: 'spanLimits.attributePerEventCountLimit', fallback: '128', variables: { OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: parseCount(0) } },
    { option: 'spanLimits.attributePerLinkCountLimit', fallback: '128', variables: { OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: parseCount(0) } },
    {
      option: 'spanLimits.attributeValueBytesLimit',
      fallback: '25000',
      variables: { OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: parseCount(0), OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: parseCount(0) },
    },
  ];
}

const parseInverse: ParseValue = (text) => {
  const value = parseBoolean(text);
  return value === undefined ? undefined : !value;
};

const parseIdBits: ParseValue = (text) => {
  const is128Bit = parseBoolean(text);
  return is128Bit === undefined ? undefined : is128Bit ? 128 : 64;
};

const parseBehavior: ParseValue = (text) => (/^(continue|restart|ignore)$/i.test(text) ? text.toLowerCase() : undefined);
