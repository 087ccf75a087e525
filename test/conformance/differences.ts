import { readFileSync } from 'node:fs';

/** A span in the form of the golden files. */
export interface GoldenSpan {
  ref?: string | undefined;
  trace_id: string;
  span_id: string;
  parent: string;
  name: string;
  resource: string;
  service: string;
  type?: string;
  error: number;
  start: string;
  duration: number;
  meta: Record<string, string>;
  metrics: Record<string, unknown>;
  span_events?: Record<string, unknown>[];
  span_links?: Record<string, unknown>[];
  _chunk?: number;
}

export type Producer = 'node' | 'python' | 'agent-indexed' | 'agent-plain' | 'test-agent' | 'serverless-compat';

export interface Difference {
  readonly producer: Producer;
  readonly scenario: string;
  readonly ref: string;
  readonly field: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** A hand-written row of differences.json: it explains the differences whose field, scenario and producer it names. */
export interface Entry {
  readonly rule: string;
  /** Fields as `fieldsOf` names them; `*` stands for the rest of a name. */
  readonly fields: readonly string[];
  /** Scenarios, `*` for the rest of a name. Default: any. */
  readonly scenarios?: readonly string[];
  readonly ours: string;
  readonly theirs: Readonly<Partial<Record<Producer, string>>>;
  readonly why: string;
  readonly source: string;
}

export const entries: readonly Entry[] = JSON.parse(readFileSync(new URL('differences.json', import.meta.url), 'utf8'));

const exactJson = (text: string): unknown =>
  // every integer of 16 digits or more that is a value, not part of a text: these payloads are ours and Datadog's own
  JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|(?<![\d.])(\d{16,})(?![\d.eE])/g, (found, quoted) => quoted ?? `"${found}"`));

const typedValue = (value: unknown): unknown => {
  const typed = value as Record<string, unknown>;
  if (typeof typed !== 'object' || typed === null || !('type' in typed)) return value;
  if ('array_value' in typed) return ((typed['array_value'] as { values?: unknown[] }).values ?? []).map(typedValue);
  const known = typed['string_value'] ?? typed['bool_value'] ?? typed['double_value'];
  return known ?? (typed['int_value'] === undefined ? '' : Number(typed['int_value']));
};

/** Values as the Agent shows them: `{"int":"1"}`, `{"double":1.5}`. */
const shownValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shownValue);
  if (typeof value !== 'object' || value === null) return value;
  const { int, double } = value as { int?: string; double?: number };
  if (int !== undefined) return Number(int);
  return double !== undefined ? double : typedValue(value);
};

const mapValues = (object: unknown, map: (value: unknown) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries((object as Record<string, unknown> | undefined) ?? {}).map(([key, value]) => [key, map(value)]));

function eventFields(events: readonly Record<string, unknown>[]): [string, unknown][] {
  return events.flatMap((event, index) => [
    [`events.${index}.name`, event['name']] as [string, unknown],
    // dd-trace sends a float64 here, so that a number is all that is left of the text
    [`events.${index}.time_unix_nano`, String(event['time_unix_nano'])] as [string, unknown],
    ...Object.entries(mapValues(event['attributes'], shownValue)).map(
      ([key, value]) => [`events.${index}.attributes.${key}`, value] as [string, unknown],
    ),
  ]);
}

function linkFields(links: readonly Record<string, unknown>[]): [string, unknown][] {
  return links.flatMap((link, index) => {
    const high = link['trace_id_high'];
    const hex = (value: unknown): string => BigInt(String(value)).toString(16).padStart(16, '0');
    const isTyped = high !== undefined;
    const flags = Number(link['flags'] ?? 0);
    return [
      [`links.${index}.trace_id`, isTyped ? hex(high) + hex(link['trace_id']) : link['trace_id']],
      [`links.${index}.span_id`, isTyped ? hex(link['span_id']) : link['span_id']],
      [`links.${index}.flags`, flags >= 0x80000000 ? flags - 0x80000000 : flags],
      ...(link['tracestate'] ? [[`links.${index}.tracestate`, link['tracestate']]] : []),
      ...Object.entries(mapValues(link['attributes'], shownValue)).map(([key, value]) => [`links.${index}.attributes.${key}`, value]),
    ] as [string, unknown][];
  });
}

/** Everything a span says, flat, in terms that do not depend on how it was written. Ids are compared by who names whom. */
export function fieldsOf(span: GoldenSpan): Map<string, unknown> {
  const { events: eventsTag, '_dd.span_links': linksTag, ...meta } = span.meta;
  const fields = new Map<string, unknown>();
  for (const key of ['parent', 'name', 'resource', 'service', 'error', 'start', 'duration', '_chunk'] as const) fields.set(key, span[key]);
  if (span.type) fields.set('type', span.type);
  for (const [key, value] of Object.entries(meta)) {
    // made by a tracer of Datadog's: the seconds at which the trace began, then zeros
    fields.set(`meta.${key}`, key === '_dd.p.tid' && /^[0-9a-f]{8}0{8}$/.test(value) ? 'seconds' : value);
  }
  for (const [key, value] of Object.entries(span.metrics)) fields.set(`metrics.${key}`, value);
  if (eventsTag) fields.set('events.form', 'tag');
  if (span.span_events) fields.set('events.form', 'typed');
  if (linksTag) fields.set('links.form', 'tag');
  if (span.span_links) fields.set('links.form', 'typed');
  const events = span.span_events ?? (eventsTag ? (exactJson(eventsTag) as Record<string, unknown>[]) : []);
  const links = span.span_links ?? (linksTag ? (exactJson(linksTag) as Record<string, unknown>[]) : []);
  for (const [key, value] of [...eventFields(events), ...linkFields(links)]) fields.set(key, value);
  return fields;
}

/** Where two spans differ, field by field. */
export function compareSpans(producer: Producer, scenario: string, ours: GoldenSpan, theirs: GoldenSpan): Difference[] {
  const [one, two] = [fieldsOf(ours), fieldsOf(theirs)];
  return [...new Set([...one.keys(), ...two.keys()])]
    .filter((field) => JSON.stringify(one.get(field)) !== JSON.stringify(two.get(field)))
    .map((field) => ({ producer, scenario, ref: ours.ref ?? '', field, ours: one.get(field), theirs: two.get(field) }));
}

const matches = (pattern: string, text: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;

/** The entry that explains a difference: the first that names it. */
export function entryOf({ producer, field, scenario }: Difference): Entry | undefined {
  return entries.find(
    (entry) =>
      entry.theirs[producer] !== undefined &&
      entry.fields.some((pattern) => matches(pattern, field)) &&
      (entry.scenarios ?? ['*']).some((pattern) => matches(pattern, scenario)),
  );
}

export function describe({ producer, scenario, ref, field, ours, theirs }: Difference): string {
  return `${producer} ${scenario} ${ref} ${field}: ours ${JSON.stringify(ours)}, theirs ${JSON.stringify(theirs)}`;
}

/** docs/differences.md. */
export function renderTable(): string {
  const cell = (text: string | undefined): string => (text ?? '').replaceAll('|', '\\|');
  const rows = (producers: readonly Producer[]) =>
    entries.filter(({ theirs }) => producers.some((producer) => theirs[producer] !== undefined));
  const same = '(as ours)';
  return `# Where spans differ from those of Datadog's own tracers, and what receivers add

Made by \`npm run conformance -- --write\` from \`test/conformance/differences.json\`; the campaign fails on a difference without a row and
on a row without a difference. Compared: dd-trace-js 6.21.0 and Python ddtrace 4.16.0 through their OpenTelemetry bridges, the same scripted
calls (\`test/conformance/golden/scenarios.json\`), field by field, ids by who names whom.

## Tracers

| rule | ours | dd-trace-js | Python ddtrace | why | source |
|---|---|---|---|---|---|
${rows(['node', 'python'])
  .map(
    ({ rule, ours, theirs, why, source }) =>
      `| ${[rule, ours, theirs.node ?? same, theirs.python ?? same, why, source].map(cell).join(' | ')} |`,
  )
  .join('\n')}

## Receivers

What stands in Datadog after a receiver, beside what was sent.

| rule | sent | received | why | source |
|---|---|---|---|---|
${rows(['agent-indexed', 'agent-plain', 'test-agent', 'serverless-compat'])
  .map(({ rule, ours, theirs, why, source }) => {
    const received = Object.entries(theirs).map(([producer, text]) => `${producer}: ${text}`);
    return `| ${[rule, ours, received.join('; '), why, source].map(cell).join(' | ')} |`;
  })
  .join('\n')}
`;
}
