import type { JSX } from 'preact';
import type { NanoRange, TraceNode } from '../trace-node.ts';
import { formatDuration, nanosBetween, parseNano } from './format.ts';
import { isClockStopped, selfRanges } from './trace-view.ts';
import type { WaterfallOwner } from './waterfall-keys.ts';

const maxEventsDrawn = 100;
const gapLabelPixels = 118;

/** What a bar is drawn from. */
export interface SpanTimelineProps {
  owner: WaterfallOwner;
  node: TraceNode;
  range: NanoRange;
  /** Of the timeline, in CSS pixels. */
  width: number;
}

/** Turns nanoseconds into a place in the shown range; a little beyond both edges at most, as engines lose precision far out. */
function createPlace(range: NanoRange): (nano: number) => number {
  const [from, to] = range;
  return (nano) => Math.min(105, Math.max(-5, ((nano - from) / (to - from)) * 100));
}

/** The bar with what happened on it: own time, network, events, critical path. */
export function SpanTimeline({ owner, node, range, width }: SpanTimelineProps): JSX.Element {
  const { app, view } = owner;
  const place = createPlace(range);
  const { critical, gaps, raw } = app.marks;
  const from = formatDuration(node.startNano);
  return (
    <div class="track" role="gridcell" aria-label={`from ${from} to ${formatDuration(node.endNano)}`}>
      {gaps.value && !raw.value && node.network && node.parent && <Gap node={node} parent={node.parent} place={place} width={width} />}
      <Bar node={node} range={range} />
      {critical.value && node.critical.map(([start, end]) => <i key={start} class="critical" style={spread(place, start, end)} />)}
      {node.span?.events.slice(0, maxEventsDrawn).map((event, index) => {
        const at = nanosBetween(parseNano(view.tree.originNano), parseNano(event.timeNano)) + node.offsetNano;
        const left = { left: `${place(at)}%` };
        return event.name === 'exception' ? (
          <Octagon key={index} style={left} />
        ) : (
          <i key={index} class="event" style={left} title={event.name} />
        );
      })}
    </div>
  );
}

/** A span's bar: full colour where it worked itself, tinted where it waited for children. */
export function Bar({ node, range }: { node: TraceNode; range: NanoRange }): JSX.Element {
  const place = createPlace(range);
  const { startNano, endNano, span } = node;
  if (!span) return <span class="bar ghost-bar" style={spread(place, startNano, endNano)} />;
  const inBar = createPlace([startNano, Math.max(endNano, startNano + 1)]);
  return (
    <span class={`bar ${isClockStopped(node) ? 'frozen' : ''}`} style={spread(place, startNano, endNano)}>
      {selfRanges(node, (range[1] - range[0]) / 2000).map(([start, end]) => (
        <i key={start} style={spread(inBar, start, end)} />
      ))}
    </span>
  );
}

function spread(place: (nano: number) => number, start: number, end: number): { left: string; width: string } {
  const left = place(start);
  return { left: `${left}%`, width: `${place(end) - left}%` };
}

function Octagon({ style }: { style: { left: string } }): JSX.Element {
  return (
    <svg class="octagon" viewBox="0 0 16 16" style={style} aria-hidden="true">
      <path d="M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2z" />
      <path class="mark" d="M8 4.6v4M8 11.3v.1" />
    </svg>
  );
}

function Gap({
  node,
  parent,
  place,
  width,
}: {
  node: TraceNode;
  parent: TraceNode;
  place: (nano: number) => number;
  width: number;
}): JSX.Element {
  const { beforeNano = 0, afterNano = 0 } = node.network ?? {};
  const left = place(parent.startNano);
  const right = place(parent.endNano);
  const text = `↑ ${formatDuration(beforeNano)} ↓ ${formatDuration(afterNano)}`;
  const style =
    (left / 100) * width > gapLabelPixels
      ? { right: `calc(${100 - left}% + 6px)` }
      : ((100 - right) / 100) * width > gapLabelPixels
        ? { left: `calc(${right}% + 6px)` }
        : undefined;
  return (
    <>
      <i class="gap" style={spread(place, parent.startNano, node.startNano)} />
      <i class="gap" style={spread(place, node.endNano, parent.endNano)} />
      {style && (
        <span class="gap-label" style={style}>
          {text}
        </span>
      )}
    </>
  );
}
