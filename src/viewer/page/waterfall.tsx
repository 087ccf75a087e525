import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ColumnEdge, readColumnWidth } from './column-edge.tsx';
import { formatDuration, rulerSteps } from './format.ts';
import { useFresh } from './fresh.ts';
import { useKeys } from './keys.ts';
import { narrowQuery, useMedia } from './media.ts';
import { Minimap } from './minimap.tsx';
import { SpanRow } from './span-row.tsx';
import { useVirtualRows } from './virtual-rows.ts';
import { type WaterfallOwner, waterfallKey } from './waterfall-keys.ts';
import { shownRange, visibleNodes } from './waterfall-state.ts';

const pixelsPerStep = 80;
const lastLabelPixels = 12;

/** Minimap, ruler and rows of one trace. Takes the view's keys. */
export function Waterfall({ owner }: { owner: WaterfallOwner }): JSX.Element {
  const { app, view, state } = owner;
  const box = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLDivElement>(null);
  const width = useWidth(ruler);
  const narrow = useMedia(narrowQuery);
  const [columnWidth, setColumnWidth] = useState(() => readColumnWidth(app.keep));
  const folded = state.folded.value;
  const nodes = useMemo(() => visibleNodes(view, folded), [view, folded]);
  const zoom = state.zoom.value;
  const range = useMemo(() => shownRange(zoom, view), [zoom, view]);
  const [from, to] = range;
  const steps = rulerSteps(from, to, Math.max(1, Math.floor(width / pixelsPerStep)));
  const rowHeight = narrow ? 46 : 26;
  const rows = useVirtualRows(box, nodes.length, rowHeight);
  const isFresh = useFresh(view.root?.span?.traceId ?? '', () => view.tree.nodes.map((node) => node.spanId), view);
  const cursor = state.cursor.value;

  useKeys(state.keys, (event) => {
    const done = waterfallKey(owner, nodes, Math.floor((box.current?.clientHeight ?? 0) / rowHeight), event);
    if (done) box.current?.focus({ preventScroll: true });
    return done;
  });

  useLayoutEffect(() => {
    const index = nodes.findIndex((node) => node.spanId === cursor);
    if (index >= 0) rows.show(index);
  }, [cursor, rowHeight]);

  return (
    <div class="waterfall" style={columnWidth ? { '--name': `${columnWidth}px` } : {}}>
      <div class="waterfall-head">
        <Minimap owner={owner} />
        <div class="ruler grid" aria-hidden="true">
          <span class="head">Span</span>
          <span class="length">Duration</span>
          <div class="track" ref={ruler}>
            {steps.map((step) => (
              <span
                key={step}
                class={step === from ? 'first' : ((to - step) / (to - from)) * width < lastLabelPixels ? 'last' : ''}
                style={{ left: `${((step - from) / (to - from)) * 100}%` }}
              >
                {step === 0 ? '0' : formatStep(step)}
              </span>
            ))}
          </div>
        </div>
      </div>
      <div
        class="rows"
        ref={box}
        role="treegrid"
        tabIndex={0}
        aria-label="Spans"
        aria-rowcount={nodes.length}
        aria-colcount={3}
        aria-activedescendant={cursor ? `span-${cursor}` : undefined}
      >
        <div class="sheet" style={{ height: `${rows.totalHeight}px` }} role="presentation">
          <div class="ticks" aria-hidden="true">
            <div class="track">
              {steps.map((step) => (
                <i key={step} style={{ left: `${((step - from) / (to - from)) * 100}%` }} />
              ))}
            </div>
          </div>
          {rows.items.map((item) => {
            const node = nodes[item.index];
            return (
              node && (
                <SpanRow
                  key={node.spanId}
                  owner={owner}
                  node={node}
                  index={item.index}
                  top={item.start}
                  fresh={isFresh(node.spanId)}
                  range={range}
                  width={width}
                />
              )
            );
          })}
        </div>
      </div>
      <ColumnEdge keep={app.keep} onWidth={setColumnWidth} />
    </div>
  );
}

/** Milliseconds keep their decimals on a ruler: 0.25, 0.5, 0.75. */
function formatStep(nanos: number): string {
  if (nanos >= 1e9 || nanos < 1e5) return formatDuration(nanos);
  return `${Number((nanos / 1e6).toFixed(3))} ms`;
}

function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const observer = new ResizeObserver(() => setWidth(target.clientWidth));
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return width;
}
