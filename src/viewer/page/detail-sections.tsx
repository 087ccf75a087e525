import type { JSX } from 'preact';
import type { TraceNode } from '../trace-node.ts';
import type { ViewerSpan } from '../viewer-span.ts';
import { exceptionsOf, stackLines, tagsOf } from './detail-facts.ts';
import { LinkButton } from './detail-link.tsx';
import { formatDuration, formatShare, nanosBetween, parseNano } from './format.ts';
import { KeyValues, Section } from './key-values.tsx';
import { Bar } from './span-timeline.tsx';
import type { WaterfallOwner } from './waterfall-keys.ts';

interface Props {
  owner: WaterfallOwner;
  node: TraceNode;
  span: ViewerSpan;
}

/** Times, exception, events, links, attributes, ids. */
export function DetailSections({ owner, node, span }: Props): JSX.Element {
  const { app } = owner;
  const { own, wire } = tagsOf(span);
  return (
    <div class="sections">
      <Times owner={owner} node={node} span={span} />
      {exceptionsOf(span).map((exception, index) => (
        <Section key={index} title="Exception">
          <div class="exception">
            <b>{exception.type || 'Error'}</b>: {exception.message}
            <pre>
              {stackLines(exception.stack).map((line, at) => (
                <div key={at}>
                  {line.call} <span class="less">{line.place}</span>
                </div>
              ))}
            </pre>
          </div>
        </Section>
      ))}
      {span.events.length > 0 && <Events owner={owner} node={node} span={span} />}
      {span.links.length > 0 && (
        <Section title="Links" count={span.links.length}>
          {span.links.map((link) => (
            <LinkButton key={link.traceId + link.spanId} owner={owner} link={link} />
          ))}
        </Section>
      )}
      {own.length > 0 && (
        <Section title="Attributes" count={own.length}>
          <KeyValues app={app} entries={own} />
        </Section>
      )}
      <Section title="Ids">
        <KeyValues
          app={app}
          ids
          entries={[
            ['trace_id', span.traceId],
            ['span_id', span.spanId],
            ['parent_id', span.parentId || 'none: a root'],
            ...(span.client ? [['client', span.client] as const] : []),
          ]}
        />
      </Section>
      {wire.length > 0 && (
        <Section title="Set by the tracer" count={wire.length}>
          <KeyValues app={app} entries={wire} />
        </Section>
      )}
    </div>
  );
}

function Times({ owner, node, span }: Props): JSX.Element {
  const total = owner.view.tree.durationNano;
  const facts: [string, JSX.Element | string][] = [
    ['Service', span.service],
    ['Env', span.meta['env'] ?? '–'],
    ['Version', span.meta['version'] ?? '–'],
    ['Start', `+${formatDuration(node.startNano)}`],
    [
      'Duration',
      <>
        {formatDuration(span.durationNano)} <span class="less">{formatShare(span.durationNano, total)}</span>
      </>,
    ],
    ['Self', formatDuration(node.selfNano)],
  ];
  return (
    <section class="section">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {node.network && (
          <div class="whole">
            <dt>Network before and after, from {node.parent?.span?.service}</dt>
            <dd>
              ↑ {formatDuration(node.network.beforeNano)}, ↓ {formatDuration(node.network.afterNano)}
            </dd>
          </div>
        )}
        {node.offsetNano !== 0 && (
          <div class="whole">
            <dt>Clock moved, so that the call lies within its caller</dt>
            <dd>
              {node.offsetNano > 0 ? '+' : ''}
              {formatDuration(node.offsetNano)}
            </dd>
          </div>
        )}
        {node.lateNano > 0 && (
          <div class="whole">
            <dt>Began after its parent had ended</dt>
            <dd>{formatDuration(node.lateNano)}</dd>
          </div>
        )}
      </dl>
      <div class="place" aria-hidden="true" style={{ '--c': owner.app.colour(span.service) }}>
        <Bar node={node} range={[0, Math.max(1, total)]} />
      </div>
    </section>
  );
}

function Events({ owner, span }: Props): JSX.Element {
  const start = parseNano(span.startNano);
  return (
    <Section title="Events" count={span.events.length}>
      {span.events.map((event, index) => (
        <div class="event-entry" key={index}>
          <span class="less number">+{formatDuration(nanosBetween(start, parseNano(event.timeNano)))}</span>
          <span class={event.name === 'exception' ? 'bad' : ''}>{event.name}</span>
          <KeyValues app={owner.app} entries={Object.entries(event.attributes).filter(([key]) => key !== 'exception.stacktrace')} />
        </div>
      ))}
    </Section>
  );
}
