import type { EnvelopeLine } from '../export/envelope.ts';

/** Counts of a proxy, in the memory of this process or isolate. */
export interface Metrics {
  /** Adds to a counter; its name is one of `help`. */
  add(name: CounterName, value: number, label?: string): void;
  /** Times one request to the primary upstream. */
  time(seconds: number): void;
  /** Adds up what clients say they lost. */
  ledger(line: EnvelopeLine): void;
  /** OpenMetrics text. @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md */
  print(gauges: Readonly<Record<string, number>>): string;
}

export type CounterName = keyof typeof help;

/** Each counter, what it counts and the name of its label, if it has one. */
const help = {
  batches_accepted: ['Batches answered with 202.', ''],
  spans_accepted: ['Spans of batches answered with 202.', ''],
  requests_refused: ['Requests refused, by code.', 'code'],
  spans_delivered: ['Spans the primary upstream took.', ''],
  spans_spooled: ['Spans kept durably for later.', ''],
  spans_dropped: ['Spans given up, by reason.', 'reason'],
  spans_not_copied: ['Spans another upstream did not take.', ''],
  client_not_sampled_spans: ['Spans that clients did not sample.', ''],
  client_dropped_spans: ['Spans that clients lost, by reason.', 'reason'],
} as const;

const bucketSeconds = [0.005, 0.02, 0.1, 0.5, 2, 10];
/** Different labels of one counter; all are closed sets of ours. */
const maxLabels = 200;

export function createMetrics(): Metrics {
  const counters = new Map<CounterName, Map<string, number>>();
  const buckets = bucketSeconds.map(() => 0);
  let timedCount = 0;
  let timedSeconds = 0;

  function add(name: CounterName, value: number, label = ''): void {
    const values = counters.get(name) ?? new Map<string, number>();
    counters.set(name, values);
    if (values.size < maxLabels || values.has(label)) values.set(label, (values.get(label) ?? 0) + value);
  }

  return {
    add,
    time(seconds) {
      timedCount++;
      timedSeconds += seconds;
      bucketSeconds.forEach((most, index) => {
        if (seconds <= most) buckets[index]!++;
      });
    },
    ledger({ ledger }) {
      if (ledger.notSampled > 0) add('client_not_sampled_spans', ledger.notSampled);
      for (const [reason, count] of Object.entries(ledger.dropped)) add('client_dropped_spans', count, reason);
    },
    print(gauges) {
      const lines: string[] = [];
      for (const [name, [text, labelName]] of Object.entries(help) as [CounterName, readonly [string, string]][]) {
        lines.push(`# TYPE edgespan_${name} counter`, `# HELP edgespan_${name} ${text}`);
        const values = counters.get(name) ?? new Map(labelName === '' ? [['', 0]] : []);
        for (const [label, value] of values)
          lines.push(`edgespan_${name}_total${labelName === '' ? '' : `{${labelName}="${label}"}`} ${value}`);
      }
      lines.push(
        '# TYPE edgespan_upstream_seconds histogram',
        '# HELP edgespan_upstream_seconds Time of requests to the primary upstream.',
      );
      for (const [index, most] of bucketSeconds.entries()) lines.push(`edgespan_upstream_seconds_bucket{le="${most}"} ${buckets[index]}`);
      lines.push(`edgespan_upstream_seconds_bucket{le="+Inf"} ${timedCount}`);
      lines.push(`edgespan_upstream_seconds_count ${timedCount}`, `edgespan_upstream_seconds_sum ${timedSeconds}`);
      for (const [name, value] of Object.entries(gauges)) lines.push(`# TYPE edgespan_${name} gauge`, `edgespan_${name} ${value}`);
      return `${lines.join('\n')}\n# EOF\n`;
    },
  };
}

/** Whether a request shows the secret, in a time that says nothing about how much of it was right. */
export async function hasSecret(request: Request, secret: string): Promise<boolean> {
  const digest = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const [given, wanted] = await Promise.all([digest(request.headers.get('authorization') ?? ''), digest(`Bearer ${secret}`)]);
  return given.reduce((difference, byte, index) => difference | (byte ^ wanted[index]!), 0) === 0;
}
