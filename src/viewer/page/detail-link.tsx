import type { JSX } from 'preact';
import type { ViewerLink } from '../viewer-span.ts';
import { Icon } from './icon.tsx';
import type { WaterfallOwner } from './waterfall-keys.ts';

/** A link to a span here or in another trace; jumps there when it was received. */
export function LinkButton({ owner, link }: { owner: WaterfallOwner; link: ViewerLink }): JSX.Element {
  const { app, view } = owner;
  const target = app.book.entries.get(link.traceId)?.spans.get(link.spanId);
  const here = view.root?.span?.traceId === link.traceId;
  const note = Object.entries(link.attributes ?? {})
    .map(([key, value]) => `${key} ${value}`)
    .join(' · ');
  const place = target ? (here ? '' : `in ${target.service}, another trace`) : `trace ${link.traceId.slice(0, 8)}… not received`;
  return (
    <button
      type="button"
      class="choice link"
      disabled={!target}
      onClick={() => {
        if (here) {
          owner.state.cursor.value = link.spanId;
          owner.onShow(link.spanId);
        } else app.go({ page: 'trace', traceId: link.traceId, spanId: link.spanId, filter: app.filter.value });
      }}
    >
      <Icon name="link" />
      <span class="cut">{target?.resource ?? `span ${link.spanId}`}</span>
      <span class="less cut grow" title={note}>
        {[note, place].filter(Boolean).join(' · ')}
      </span>
      {target && <Icon name="next" />}
    </button>
  );
}
