import { type Child, firstLine, start, until } from './children.ts';

/** A span as the Agent would send it to Datadog; 64-bit integers are text. */
export interface AgentSpan {
  trace_id: string;
  span_id: string;
  parent_id: string;
  service: string;
  name: string;
  resource: string;
  type: string;
  start: string;
  duration: string;
  error: number;
  meta: Record<string, string> | null;
  metrics: Record<string, number> | null;
  span_events?: { name: string; time_unix_nano: string; attributes?: Record<string, unknown> }[];
  span_links?: unknown[];
}

export interface AgentChunk {
  shape: 'indexed' | 'plain';
  env: string;
  version: string;
  priority: number;
  origin: string;
  tags: Record<string, unknown>;
  spans: AgentSpan[];
}

/** One line of the Agent's statistics: what was counted under one key. */
export interface AgentStats {
  service: string;
  name: string;
  resource: string;
  hits: string;
  errors?: string;
  duration: string;
  topLevelHits?: string;
  span_kind?: string;
}

export interface Received {
  chunks: AgentChunk[];
  stats: { stats?: { stats?: { stats?: AgentStats[] }[] }[] }[];
  dropped: Record<string, number>;
  unreadable: string[];
}

export interface Agent {
  readonly url: string;
  /** Where it sends to: the decoder of what Datadog would get. */
  readonly datadogUrl: string;
  received(): Promise<Received>;
  /** Waits until these spans have come through; what is missing after that is not in the answer. */
  receivedSpans(ids: readonly string[], timeoutMillis?: number): Promise<Map<string, { span: AgentSpan; chunk: AgentChunk }>>;
  forget(): Promise<void>;
  put(payload: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>): Promise<{ status: number; text: string }>;
  stop(): Promise<void>;
}

/** Starts the Agent's own pipeline, in one of its two shapes. */
export async function startAgent(path: string, shape: 'indexed' | 'plain'): Promise<Agent> {
  const child: Child = start(path, shape === 'plain' ? ['--features', 'disable-convert-traces'] : []);
  const ports = JSON.parse(await firstLine(child)) as { receiver: number; datadog: number };
  const url = `http://127.0.0.1:${ports.receiver}`;
  const datadog = `http://127.0.0.1:${ports.datadog}`;
  await until('the Agent', async () => ((await fetch(`${url}/info`)).ok ? true : undefined));
  const received = async (): Promise<Received> => (await fetch(`${datadog}/received`)).json() as Promise<Received>;
  return {
    url,
    datadogUrl: datadog,
    received,
    async receivedSpans(ids, timeoutMillis = 4000) {
      const collect = async () => {
        const { chunks } = await received();
        return new Map(chunks.flatMap((chunk) => chunk.spans.map((span) => [span.span_id, { span, chunk }] as const)));
      };
      return until(
        `${ids.length} spans`,
        async () => {
          const spans = await collect();
          return ids.every((id) => spans.has(id)) ? spans : undefined;
        },
        timeoutMillis,
      ).catch(collect);
    },
    async forget() {
      await fetch(`${datadog}/forget`, { method: 'POST' });
    },
    async put(payload, headers = {}) {
      const answer = await fetch(`${url}/v0.4/traces`, {
        method: 'PUT',
        headers: {
          'content-type': 'application/json',
          'datadog-meta-lang': 'javascript',
          'datadog-client-computed-top-level': 'true',
          ...headers,
        },
        body: payload,
      });
      return { status: answer.status, text: await answer.text() };
    },
    stop: () => child.stop(),
  };
}
