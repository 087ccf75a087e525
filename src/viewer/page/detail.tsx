import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { TraceNode } from '../trace-node.ts';
import { DetailSections } from './detail-sections.tsx';
import { GhostDetail } from './ghost-detail.tsx';
import { ErrorPill, Icon, RuntimeBadge } from './icon.tsx';
import { RawJson } from './raw-json.tsx';
import { ghostSpan } from './trace-view.ts';
import type { WaterfallOwner } from './waterfall-keys.ts';

/** All about one span. */
export function Detail({ owner, node, closable }: { owner: WaterfallOwner; node: TraceNode; closable: boolean }): JSX.Element {
  const { app } = owner;
  const [tab, setTab] = useState<'span' | 'json'>('span');
  const { span } = node;
  const source = ghostSpan(node);
  return (
    <aside class="detail" aria-label="Span">
      <div class="detail-head" style={{ '--c': app.colour(source?.service ?? '') }}>
        <div class="title">
          <i class="swatch" />
          <h2 class={span ? '' : 'ghost-title'}>{span ? span.resource : `parent ${node.spanId} not received`}</h2>
          <button
            type="button"
            class="square"
            aria-label="Copy link to span"
            title="Copy link to span (y)"
            onClick={() => copyLink(owner, node.spanId)}
          >
            <Icon name="link" />
          </button>
          {closable && (
            <button type="button" class="square" aria-label="Close" title="Close (Esc)" onClick={() => owner.onShow('')}>
              <Icon name="close" />
            </button>
          )}
        </div>
        {span && (
          <div class="under">
            {span.error === 1 && <ErrorPill />}
            <span class="mono">{span.name}</span>
            <RuntimeBadge runtime={span.runtime} />
          </div>
        )}
      </div>
      {span ? (
        <>
          <div class="tabs" role="tablist" aria-label="Span as">
            <button type="button" role="tab" aria-selected={tab === 'span'} onClick={() => setTab('span')}>
              Span
            </button>
            <button type="button" role="tab" aria-selected={tab === 'json'} onClick={() => setTab('json')}>
              Datadog JSON
            </button>
          </div>
          <div role="tabpanel">
            {tab === 'span' ? <DetailSections owner={owner} node={node} span={span} /> : <RawJson app={app} span={span} />}
          </div>
        </>
      ) : (
        <GhostDetail owner={owner} node={node} />
      )}
    </aside>
  );
}

/** Puts the address of a span on the clipboard. */
export function copyLink(owner: WaterfallOwner, spanId: string): void {
  const traceId = owner.view.root?.span?.traceId ?? '';
  owner.app.copy(`${location.href.split('#')[0]}#/trace/${traceId}${spanId ? `/${spanId}` : ''}`, 'Link');
}
