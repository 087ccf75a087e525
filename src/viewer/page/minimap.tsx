import type { JSX } from 'preact';
import { useCallback, useRef, useState } from 'preact/hooks';
import type { TraceNode } from '../trace-node.ts';
import { CanvasBox, type Draw } from './canvas-box.tsx';
import { formatDuration } from './format.ts';
import { Icon, type IconName } from './icon.tsx';
import type { WaterfallOwner } from './waterfall-keys.ts';

const laneHeight = 20;
const maxLevels = 4;
const clickPixels = 4;

/** The whole trace in small, one lane per runtime; dragging zooms, a click shows all again. */
export function Minimap({ owner }: { owner: WaterfallOwner }): JSX.Element {
  const { view, app, state } = owner;
  const total = Math.max(1, view.tree.durationNano);
  const lanes = view.runtimes;
  const draw = useCallback<Draw>(
    (context, width, _height, colour) => {
      const keys = lanes.map((lane) => lane.key);
      const levels = new Map<TraceNode, number>();
      for (const node of view.tree.nodes) {
        const { span, parent } = node;
        if (!span) continue;
        const level =
          parent?.span && parent.span.runtime === span.runtime && parent.span.service === span.service ? (levels.get(parent) ?? 0) + 1 : 0;
        levels.set(node, level);
        if (level >= maxLevels) continue;
        context.fillStyle = colour(app.colour(span.service));
        const x = (node.startNano / total) * width;
        context.fillRect(
          x,
          keys.indexOf(span.runtime) * laneHeight + 2 + level * 4,
          Math.max(2, ((node.endNano - node.startNano) / total) * width),
          3,
        );
      }
    },
    [view, app],
  );
  const zoom = state.zoom.value;
  const drag = useDrag((from, to) => {
    state.zoom.value = from === to ? undefined : [from * total, to * total];
  });
  const window = drag.range ?? (zoom && [zoom[0] / total, zoom[1] / total]);
  return (
    <div class="minimap grid">
      <div class="lanes">
        {lanes.map((lane) => (
          <div key={lane.key}>
            {lane.key in iconNames && <Icon name={lane.key as IconName} />}
            <span class="mono">{lane.key || 'not said'}</span>
          </div>
        ))}
      </div>
      <div class="lane-self">
        {lanes.map((lane) => (
          <div key={lane.key}>{formatDuration(lane.selfNano)} self</div>
        ))}
      </div>
      <div class="track" {...drag.handlers} style={{ height: `${lanes.length * laneHeight}px` }} title="Drag to zoom, click to show all">
        <CanvasBox draw={draw} theme={app.theme.value.value} />
        {window && (
          <>
            <i class="outside" style={{ left: 0, width: `${window[0] * 100}%` }} />
            <i class="outside" style={{ left: `${window[1] * 100}%`, right: 0 }} />
            <i class="window" style={{ left: `${window[0] * 100}%`, width: `${(window[1] - window[0]) * 100}%` }} />
          </>
        )}
      </div>
    </div>
  );
}

const iconNames = { browser: 1, worker: 1, workerd: 1, deno: 1, node: 1, bun: 1 };

interface Drag {
  range: readonly [number, number] | undefined;
  handlers: { onPointerDown(event: PointerEvent): void; onPointerMove(event: PointerEvent): void; onPointerUp(event: PointerEvent): void };
}

/** Follows a pointer; places are 0 to 1 within the element. A press that does not move reports the same place twice. */
function useDrag(onDone: (from: number, to: number) => void): Drag {
  const [range, setRange] = useState<readonly [number, number]>();
  const start = useRef<number>(null);
  const at = (event: PointerEvent): number => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  return {
    range,
    handlers: {
      onPointerDown(event) {
        (event.currentTarget as Element).setPointerCapture(event.pointerId);
        start.current = at(event);
      },
      onPointerMove(event) {
        if (start.current === null) return;
        const to = at(event);
        setRange([Math.min(start.current, to), Math.max(start.current, to)]);
      },
      onPointerUp(event) {
        const from = start.current;
        start.current = null;
        setRange(undefined);
        if (from === null) return;
        const to = at(event);
        const moved = Math.abs(to - from) * (event.currentTarget as Element).clientWidth >= clickPixels;
        onDone(Math.min(from, to), moved ? Math.max(from, to) : Math.min(from, to));
      },
    },
  };
}
