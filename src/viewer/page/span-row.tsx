import type { JSX } from 'preact';
import type { TraceNode } from '../trace-node.ts';
import { formatDuration } from './format.ts';
import { Icon, RuntimeBadge, ServiceChip } from './icon.tsx';
import { SpanTimeline, type SpanTimelineProps } from './span-timeline.tsx';
import { changesAt, ghostSpan, isClockStopped, isErrorOrigin } from './trace-view.ts';
import { setFolded } from './waterfall-state.ts';

const maxGuides = 14;
const guidePixels = 14;
const rowPixels = 26;

/** What a row is drawn from. */
export type SpanRowProps = SpanTimelineProps & { index: number; top: number; fresh: boolean };

/** One span: its place in the tree, duration and bar. */
export function SpanRow(props: SpanRowProps): JSX.Element {
  const { owner, node, index, top, fresh } = props;
  const { state, app, view } = owner;
  const { span } = node;
  const source = ghostSpan(node);
  const foldable = node.children.length > 0;
  const folded = foldable && state.folded.value.has(node.spanId);
  const only = state.only.value;
  const dim = (only !== '' && source?.service !== only) || (app.marks.critical.value && node.critical.length === 0);
  const looks = [
    'row',
    span ? '' : 'ghost',
    dim ? 'dim' : '',
    isErrorOrigin(node) ? 'origin' : '',
    fresh ? 'fresh' : '',
    state.cursor.value === node.spanId ? 'current' : '',
  ];
  return (
    <div
      class={looks.join(' ')}
      id={`span-${node.spanId}`}
      role="row"
      aria-level={node.depth + 1}
      aria-rowindex={index + 1}
      aria-selected={state.cursor.value === node.spanId}
      aria-expanded={foldable ? !folded : undefined}
      style={{ transform: `translateY(${top}px)`, '--c': app.colour(source?.service ?? '') }}
      onClick={() => {
        state.cursor.value = node.spanId;
        owner.onShow(node.spanId);
      }}
    >
      <div class="name" role="gridcell">
        <Guides node={node} />
        {foldable ? (
          <button
            type="button"
            class="fold"
            tabIndex={-1}
            aria-label={folded ? 'Unfold' : 'Fold'}
            data-open={!folded}
            onClick={(event) => {
              event.stopPropagation();
              setFolded(state, node.spanId, !folded);
            }}
          />
        ) : (
          <i class="leaf" />
        )}
        <i class="stripe" />
        {span?.error === 1 && (
          <>
            <Icon name="error" class="bad" />
            <span class="sr">error: </span>
          </>
        )}
        <span class="label" title={span ? `${span.resource} · ${span.name}` : undefined}>
          <span class="resource">{span ? span.resource : `parent ${node.spanId.slice(0, 8)} not received`}</span>
          {span && <span class="operation mono">{span.name}</span>}
        </span>
        <span class="tags">
          <Tags node={node} late={view.late.has(node)} colour={app.colour} />
        </span>
      </div>
      <div class="length" role="gridcell">
        {span ? formatDuration(span.durationNano) : '?'}
      </div>
      <SpanTimeline {...props} />
    </div>
  );
}

function Tags({ node, late, colour }: { node: TraceNode; late: boolean; colour: (service: string) => string }): JSX.Element {
  const source = ghostSpan(node);
  const changes = changesAt(node);
  return (
    <>
      {isClockStopped(node) && <span class="note">clock stopped</span>}
      {late && node.lateNano > 0 && (
        <span class="note">
          <Icon name="clock" />
          late {formatDuration(node.lateNano)}
        </span>
      )}
      {source && changes.service && node.span && <ServiceChip service={source.service} colour={colour(source.service)} />}
      {source && changes.runtime && <RuntimeBadge runtime={source.runtime} />}
    </>
  );
}

/** Lines from a row to its parent and past it to later siblings of those above: one path, as rows have to be cheap. */
function Guides({ node }: { node: TraceNode }): JSX.Element | null {
  let path = '';
  let count = 0;
  for (let at = node; at.parent && count < maxGuides; at = at.parent) {
    const last = at.parent.children.at(-1) === at;
    // To the left of the row's own place, which is at 0.
    const x = 6.5 - guidePixels * (count + 1);
    if (at === node) path += `M${x} 0V${last ? rowPixels / 2 : rowPixels}M${x} ${rowPixels / 2}h6`;
    else if (!last) path += `M${x} 0V${rowPixels}`;
    count++;
  }
  if (count === 0) return null;
  return (
    <svg
      class="guides"
      style={{ '--levels': count }}
      viewBox={`${-guidePixels * count} 0 ${guidePixels * count} ${rowPixels}`}
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}
