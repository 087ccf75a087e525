import type { JSX } from 'preact';
import { useCallback, useMemo } from 'preact/hooks';
import type { App } from './app-state.ts';
import { CanvasBox, type Draw } from './canvas-box.tsx';
import { formatClock, formatDuration, type Instant, nanosBetween, parseNano } from './format.ts';
import type { TraceSummary } from './trace-book.ts';

const maxMarks = 5000;
const left = 50;
const right = 14;
const top = 10;
const bottom = 22;
const nearPixels = 10;

interface Mark {
  trace: TraceSummary;
  /** 0 to 1, from the left and from the top. */
  x: number;
  y: number;
}

/** When and how long each trace was, the length on a log scale; errors are crosses. The table says the same in words. */
export function LatencyStrip({ app, traces }: { app: App; traces: readonly TraceSummary[] }): JSX.Element {
  const plot = useMemo(() => createPlot(traces), [traces]);
  const draw = useCallback<Draw>((context, width, height, colour) => paint(context, width, height, colour, plot), [plot]);

  function onClick(event: MouseEvent & { currentTarget: HTMLElement }): void {
    const box = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    let best: Mark | undefined;
    let least = nearPixels;
    for (const mark of plot.marks) {
      const distance = Math.hypot(toX(mark.x, box.width) - x, toY(mark.y, box.height) - y);
      if (distance < least) {
        least = distance;
        best = mark;
      }
    }
    if (best) app.go({ page: 'trace', traceId: best.trace.id, spanId: '', filter: app.filter.value });
  }

  return (
    <div class="strip" aria-hidden="true" onClick={onClick}>
      <CanvasBox draw={draw} theme={app.theme.value.value} />
    </div>
  );
}

interface Plot {
  marks: Mark[];
  origin: Instant;
  rangeNano: number;
  lines: { y: number; text: string }[];
}

function createPlot(traces: readonly TraceSummary[]): Plot {
  const shown = traces.slice(0, maxMarks);
  const starts = shown.map((trace) => parseNano(trace.startNano));
  const origin = starts.reduce((least, start) => (nanosBetween(start, least) > 0 ? start : least), starts[0] ?? { seconds: 0, nanos: 0 });
  const offsets = starts.map((start) => nanosBetween(origin, start));
  const rangeNano = Math.max(1e9, ...offsets);
  const logs = shown.map((trace) => Math.log10(Math.max(trace.duration, 1e4)));
  const low = Math.min(6.5, ...logs) - 0.1;
  const high = Math.max(8, ...logs) + 0.1;
  const toLevel = (log: number): number => 1 - (log - low) / (high - low);
  const marks = shown.map((trace, index) => ({ trace, x: (offsets[index] ?? 0) / rangeNano, y: toLevel(logs[index] ?? low) }));
  const lines = [];
  for (let log = Math.floor(high); log > low && lines.length < 3; log--) lines.push({ y: toLevel(log), text: formatDuration(10 ** log) });
  return { marks, origin, rangeNano, lines };
}

const toX = (x: number, width: number): number => left + x * (width - left - right);
const toY = (y: number, height: number): number => top + y * (height - top - bottom);

function paint(context: CanvasRenderingContext2D, width: number, height: number, colour: (css: string) => string, plot: Plot): void {
  context.font = `11px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const line of plot.lines) {
    const y = Math.round(toY(line.y, height)) + 0.5;
    context.fillStyle = colour('var(--tx3)');
    context.fillText(line.text, left - 8, y);
    context.strokeStyle = colour('var(--line2)');
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(width - right, y);
    context.stroke();
  }
  context.setLineDash([]);
  paintTimes(context, width, height, colour, plot);
  for (const { trace, x, y } of plot.marks)
    if (trace.errorCount === 0) paintDot(context, toX(x, width), toY(y, height), colour('var(--ctl)'));
  for (const { trace, x, y } of plot.marks)
    if (trace.errorCount > 0) paintCross(context, toX(x, width), toY(y, height), colour('var(--err)'));
}

function paintTimes(context: CanvasRenderingContext2D, width: number, height: number, colour: (css: string) => string, plot: Plot): void {
  const wanted = Math.max(1, Math.floor((width - left - right) / 180));
  const seconds = plot.rangeNano / 1e9;
  const step = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600].find((size) => seconds / size <= wanted) ?? 86_400;
  context.textAlign = 'center';
  context.fillStyle = colour('var(--tx3)');
  for (let at = Math.ceil(plot.origin.seconds / step) * step; at <= plot.origin.seconds + seconds; at += step) {
    const x = toX(((at - plot.origin.seconds) * 1e9 - plot.origin.nanos) / plot.rangeNano, width);
    const { time } = formatClock(`${at}000000000`);
    if (x > left + 24 && x < width - right - 24) context.fillText(step < 60 ? time : time.slice(0, 5), x, height - 10);
  }
}

function paintDot(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, 3, 0, Math.PI * 2);
  context.fill();
}

function paintCross(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 2.4;
  context.beginPath();
  context.moveTo(x - 3.3, y - 3.3);
  context.lineTo(x + 3.3, y + 3.3);
  context.moveTo(x + 3.3, y - 3.3);
  context.lineTo(x - 3.3, y + 3.3);
  context.stroke();
  context.lineWidth = 1;
}
