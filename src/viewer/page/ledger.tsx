import type { JSX } from 'preact';
import type { ViewerClient } from '../viewer-span.ts';
import type { App } from './app-state.ts';
import { formatCount } from './format.ts';
import { RuntimeBadge } from './icon.tsx';
import { type LedgerSum, sumLedger } from './ledger-sum.ts';

/** The strip that says what arrived and what was lost; opens the table per client. */
export function LedgerStrip({ app }: { app: App }): JSX.Element {
  const clients = app.clients.value;
  if (clients.length === 0) return <span class="ledger-none">Nothing received yet</span>;
  const sum = sumLedger(clients);
  return (
    <>
      <button type="button" class="ledger" popovertarget="ledger-table" title="What each client sent and lost">
        <i class="meter">
          <i style={{ flex: Math.max(sum.sent, 1) }} />
          {sum.lost > 0 && <i class="lost" style={{ flex: sum.lost }} />}
        </i>
        <span>
          sent <b>{formatCount(sum.sent)}</b>
        </span>
        {sum.notSampled > 0 && <span class="wide-only">· not sampled {formatCount(sum.notSampled)}</span>}
        <Lost sum={sum} />
        {sum.bytesPerSpan !== undefined && <span>· {formatCount(sum.bytesPerSpan)} B/span</span>}
      </button>
      <div id="ledger-table" class="float" popover="auto">
        <LedgerTable clients={clients} />
      </div>
    </>
  );
}

function Lost({ sum }: { sum: LedgerSum }): JSX.Element {
  if (sum.lost === 0) return <span>· lost 0</span>;
  return (
    <span class="bad">
      · lost {formatCount(sum.lost)}: {sum.reasons}
    </span>
  );
}

function LedgerTable({ clients }: { clients: readonly ViewerClient[] }): JSX.Element {
  return (
    <>
      <h2>What each client sent and lost</h2>
      <p class="less">In spans. A client is one page, process or isolate; it says with each batch what it lost since the last.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Client</th>
            <th scope="col">Service</th>
            <th scope="col">Runtime</th>
            <th scope="col">Batches</th>
            <th scope="col">Sent</th>
            <th scope="col">Not sampled</th>
            <th scope="col">Lost</th>
            <th scope="col">B/span</th>
            <th scope="col">Lost by reason</th>
          </tr>
        </thead>
        <tbody>
          {clients.map((client) => {
            const sum = sumLedger([client]);
            return (
              <tr key={client.client}>
                {client.client ? (
                  <td class="mono" title={client.client}>{`${client.client.slice(0, 4)}…${client.client.slice(-4)}`}</td>
                ) : (
                  <td>Agent’s form</td>
                )}
                <td>{client.service}</td>
                <td>
                  <RuntimeBadge runtime={client.runtime} />
                </td>
                <td>{formatCount(client.batches)}</td>
                <td>{formatCount(client.spans)}</td>
                <td>{formatCount(client.notSampled)}</td>
                <td class={sum.lost ? 'bad' : ''}>{formatCount(sum.lost)}</td>
                <td>{sum.bytesPerSpan === undefined ? '–' : formatCount(sum.bytesPerSpan)}</td>
                <td class={sum.lost ? 'bad' : ''}>{sum.reasons}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
