// Writes docs/configuration.md from the variables that the code reads and a sentence for each on what it does here.
import { writeFileSync } from 'node:fs';
import { environmentRows } from '../src/sdk/environment-variables.ts';

/** By the first variable of a row. The option is named where code says it in another way than the row. */
const effects: Record<string, { option?: string; effect: string }> = {
  DD_SERVICE: {
    effect: 'Service of every span that names none itself. From `DD_TAGS` its `service`, from resource attributes `service.name`.',
  },
  DD_ENV: {
    effect:
      'Environment of every span. From `DD_TAGS` its `env`, from resource attributes `deployment.environment.name`, else `deployment.environment`.',
  },
  DD_VERSION: { effect: 'Version of every span. From `DD_TAGS` its `version`, from resource attributes `service.version`.' },
  DD_TAGS: {
    effect:
      '`key:value` with commas, or with spaces where there is no comma; resource attributes `key=value`, percent-encoded. Tags of every span. Tags in code are added, and win.',
  },
  DD_TRACE_ENABLED: {
    effect: '`false` switches everything off: no globals, no patches. Of `OTEL_TRACES_EXPORTER` only `none` is understood.',
  },
  DD_TRACE_OTEL_ENABLED: {
    effect: 'Not set means on, unlike in Datadog’s own tracers; `false` (`OTEL_SDK_DISABLED=true`) switches everything off, as above.',
  },
  DD_TRACE_DEBUG: { effect: '`true` (`OTEL_LOG_LEVEL=debug`) prints the resolved configuration once.' },
  EDGESPAN_INTAKE_URL: { option: 'exporter: intake({ url })', effect: 'Spans go to this intake, whatever the variables of the Agent say.' },
  EDGESPAN_INTAKE_TOKEN: { option: 'exporter: intake({ token })', effect: 'Sent with each batch to that intake. Never shown.' },
  DD_TRACE_AGENT_URL: {
    option: 'exporter: agent({ url })',
    effect: 'Spans go to this Agent. `http:` and `https:` only; `unix://` is refused, as `fetch` reaches no socket.',
  },
  DD_AGENT_HOST: {
    option: 'exporter: agent({ url })',
    effect: 'Host of the Agent’s address. With neither host nor port a Worker runs untraced.',
  },
  DD_TRACE_AGENT_PORT: { option: 'exporter: agent({ url })', effect: 'Port of the Agent’s address.' },
  DD_TRACE_SAMPLE_RATE: {
    effect:
      'Share of traces to keep, 0 to 1, no limit per second unless `DD_TRACE_RATE_LIMIT` is set; beside rules it is the last rule. Samplers `always_on`, `always_off`, `traceidratio`, all with or without `parentbased_`: they follow the parent here.',
  },
  DD_TRACE_SAMPLING_RULES: {
    option: 'sampling: datadogRules({ rules })',
    effect:
      'JSON: `[{"service":"","name":"","resource":"","tags":{},"sample_rate":0.5}]`, globs; the first that matches the root decides. One wrong rule voids all.',
  },
  DD_TRACE_RATE_LIMIT: {
    option: 'sampling: datadogRules({ rateLimit })',
    effect: 'Traces per second that rules, or the sample rate beside this variable, may keep; `-1`: no limit. Alone it does nothing.',
  },
  DD_SPAN_SAMPLING_RULES: {
    option: 'sampling: datadogRules({ spanRules })',
    effect: 'JSON: `[{"service":"","name":"","sample_rate":1,"max_per_second":50}]`. Spans to keep of traces that are not kept.',
  },
  DD_TRACE_PROPAGATION_STYLE: {
    option: 'propagators',
    effect:
      '`datadog`, `tracecontext`, `baggage`, `b3` (one header), `b3multi`, `none`, with commas, in order of precedence. Unknown names are left out.',
  },
  DD_TRACE_PROPAGATION_STYLE_INJECT: { effect: 'The same for outgoing requests only. Ignored where `propagators` are given in code.' },
  DD_TRACE_PROPAGATION_STYLE_EXTRACT: { effect: 'The same for incoming requests only. Ignored where `propagators` are given in code.' },
  DD_TRACE_PROPAGATION_EXTRACT_FIRST: { effect: '`true`: the first style that yields a trace is the only one read.' },
  DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT: {
    effect: '`continue` the trace that comes in, `restart` with a new one that links to it, or `ignore` it and its baggage.',
  },
  DD_TRACE_BAGGAGE_MAX_ITEMS: { option: 'propagators: [baggage({ maxItems })]', effect: 'Items in a `baggage` header, both ways.' },
  DD_TRACE_BAGGAGE_MAX_BYTES: { option: 'propagators: [baggage({ maxBytes })]', effect: 'Bytes of a `baggage` header, both ways.' },
  DD_TRACE_BAGGAGE_TAG_KEYS: {
    option: 'propagators: [baggage({ tagKeys })]',
    effect: 'Items of baggage that comes in which become `baggage.<key>` tags; `*` all, empty none.',
  },
  DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH: {
    option: 'propagators: [datadog({ maxTagsLength })]',
    effect: 'Characters of `x-datadog-tags`, both ways, 512 at most; `0` sends and reads none.',
  },
  DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED: {
    effect: '`false` (`64`): new trace ids have a high half of zeros. What comes in keeps all its bits.',
  },
  DD_TRACE_HEADER_TAGS: {
    effect:
      '`header` or `header:tag`, with commas: headers of requests to, and responses of, instrumented handlers become tags, by default `http.request.headers.<header>` and `http.response.headers.<header>`. Not on outgoing requests.',
  },
  DD_TRACE_FLUSH_INTERVAL: { effect: 'Milliseconds that a finished span waits for others. Workers send after each response anyway.' },
  OTEL_BSP_MAX_QUEUE_SIZE: { effect: 'Finished spans that are kept until they are sent.' },
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: { effect: 'Spans of one request, 512 at most.' },
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: { effect: 'Attributes of a span; more are counted as dropped.' },
  OTEL_SPAN_EVENT_COUNT_LIMIT: { effect: 'Events of a span; more are counted as dropped.' },
  OTEL_SPAN_LINK_COUNT_LIMIT: { effect: 'Links of a span; more are counted as dropped.' },
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: { effect: 'Attributes of one event; more are counted as dropped.' },
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: { effect: 'Attributes of one link; more are counted as dropped.' },
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    effect: 'Bytes (not characters) of a value, at whole characters; over 25,000 the Agent’s limit holds.',
  },
};

/** Variables of Datadog's tracers that nothing here reads, with the reason. */
const unread: Record<string, string> = {
  DD_SITE:
    'Read by the proxy only, for its upstreams `otlp` (Datadog’s OTLP intake) and `datadog`, and where it passes the Browser SDK on.',
  DD_API_KEY:
    'Read by the proxy only, for its upstreams `otlp` (Datadog’s OTLP intake) and `datadog`: no key belongs into an application that sends through it.',
  DD_LOGS_INJECTION: 'No effect: logs are not touched. Take the ids from `span.spanContext()`.',
  DD_TRACE_NATIVE_SPAN_EVENTS: 'No effect: events are sent in typed form whenever the Agent’s `/info` says that it takes them.',
  DD_TRACE_OTEL_SEMANTICS_ENABLED: 'No effect: attributes are always mapped as docs/semantics.md says.',
  DD_TRACE_PARTIAL_FLUSH_MIN_SPANS: 'No effect: spans leave as they end, whether their trace is complete or not.',
};

const code = (text: string): string => `\`${text}\``;

const nested = (option: string): string => {
  const [group, key] = option.split('.');
  return key ? `${group}: { ${key} }` : option;
};

/** The page as it must stand in docs/configuration.md. Throws where a variable and its sentence do not find each other. */
export function configurationPage(): string {
  const left = new Set(Object.keys(effects));
  const rows = environmentRows().map(({ option, fallback, variables }) => {
    const names = Object.keys(variables);
    const [first = ''] = names;
    const found = effects[first];
    if (!found) throw new Error(`Cannot describe ${first} as scripts/config-table.ts has no sentence for it`);
    left.delete(first);
    return [names.map(code).join(', '), code(found.option ?? nested(option)), fallback, found.effect];
  });
  if (left.size > 0) throw new Error(`Cannot describe ${[...left].join(', ')} as nothing reads it`);
  const others = Object.entries(unread).map(([name, effect]) => [code(name), 'none', '', effect]);
  const table = [['variables', 'option', 'default', 'effect here'], ['---', '---', '---', '---'], ...rows, ...others];
  return `# Configuration by environment

What code does not say is read from variables on Deno (where \`--allow-env\` permits it), Node and Bun, and in Workers from \`env\`. Browsers
have options only. Code wins over variables; of a row's variables the first that is set counts, so \`DD_\` wins over \`OTEL_\`. An empty variable
counts as not set. A value that is not understood is told once by \`diag\`, with the default that is used instead.

Groups are merged by name: a \`batch.maxQueueSize\` in code leaves \`batch.scheduledDelayMillis\` to its variable. Sampling is not: with
\`sampler\`, \`sampling\` or \`sampleRate\` in code the variables of the others are ignored, and that is told.
\`tracing.config\` shows what came out, and from which variable; tokens are never shown.

${table.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')}

\`edgespan proxy\` and the ready Worker are configured by variables of their own: [proxy.md](proxy.md#run-it) says what each does. They are
\`EDGESPAN_UPSTREAM\`, \`EDGESPAN_OTLP_URL\`, \`EDGESPAN_OTLP_HEADERS\`, \`EDGESPAN_VIEWER_URL\`, \`EDGESPAN_ALLOW_ORIGINS\`, \`EDGESPAN_TOKEN_KEYS\`,
\`EDGESPAN_AUTH\`, \`EDGESPAN_ALLOW_SERVERS\`, \`EDGESPAN_PATH\`, \`EDGESPAN_AGENT_FORM\`, \`EDGESPAN_DDFORWARD_CLIENT_TOKENS\`, \`EDGESPAN_REDACT\`, \`EDGESPAN_ENRICH\`,
\`EDGESPAN_CLIENT_ADDRESS_HEADER\`, \`EDGESPAN_TRUSTED_PROXIES\`, \`EDGESPAN_SPOOL_DIR\` and \`EDGESPAN_METRICS_SECRET\`, beside \`DD_TRACE_AGENT_URL\`,
\`DD_API_KEY\` and \`DD_SITE\`. There a value that is not understood, or a
binding of another kind than the one that is meant, keeps the proxy from starting (the Worker answers 503 \`misconfigured\`). In a \`wrangler.toml\`
\`true\` and \`2\` do as well as \`"true"\` and \`"2"\`.
`;
}

if (import.meta.main) writeFileSync('docs/configuration.md', configurationPage());
