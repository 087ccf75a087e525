import type { JSX } from 'preact';
import type { TraceNode } from '../trace-node.ts';
import { formatPlural } from './format.ts';
import { KeyValues, Section } from './key-values.tsx';
import { sumLedger } from './ledger-sum.ts';
import { ghostSpan } from './trace-view.ts';
import type { WaterfallOwner } from './waterfall-keys.ts';

const onItsWayMillis = 10_000;

/** A parent that was named and not received: still open, on its way, or lost; with what its clients said they lost. */
export function GhostDetail({ owner, node }: { owner: WaterfallOwner; node: TraceNode }): JSX.Element {
  const { app, view } = owner;
  const child = ghostSpan(node);
  const last = node.children.reduce((most, { span }) => Math.max(most, span?.receivedAtMillis ?? 0), 0);
  const lossy = app.clients.value.filter((client) => sumLedger([client]).lost > 0);
  const fitting = lossy.filter((client) => client.service === child?.service);
  const guess =
    Date.now() - last < onItsWayMillis
      ? 'Its children came a moment ago: it is on its way, or still open. It takes this place when it comes.'
      : fitting.length > 0 || lossy.length > 0
        ? 'Probably lost: a client counted spans that it could not send.'
        : 'No client says that it lost spans: it is still open, or its process does not send here.';
  return (
    <div class="sections">
      <Section title="Not received">
        <p>{guess}</p>
        {(fitting.length > 0 ? fitting : lossy).map((client) => (
          <p key={client.client} class="bad">
            {client.service || 'A tracer'} lost {formatPlural(sumLedger([client]).lost, 'span')}: {sumLedger([client]).reasons}
          </p>
        ))}
      </Section>
      <Section title="Ids">
        <KeyValues
          app={app}
          ids
          entries={[
            ['trace_id', view.root?.span?.traceId ?? ''],
            ['span_id', node.spanId],
          ]}
        />
      </Section>
    </div>
  );
}
