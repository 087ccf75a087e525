import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Keep } from './colours.ts';

const minWidth = 160;
const maxWidth = 900;
const stepPixels = 16;

/** The kept width of the names' column; undefined: as the style sheet says. */
export function readColumnWidth(keep: Keep): number | undefined {
  const width = Number(keep.read('column'));
  return width >= minWidth && width <= maxWidth ? width : undefined;
}

/** The edge between names and bars: drags, and takes arrow keys; a double click gives the default back. */
export function ColumnEdge({ keep, onWidth }: { keep: Keep; onWidth(width: number | undefined): void }): JSX.Element {
  // Read on focus and not while drawing: there it would force a layout per frame.
  const [now, setNow] = useState(minWidth);
  const set = (width: number | undefined): void => {
    const fitting = width === undefined ? undefined : Math.round(Math.min(maxWidth, Math.max(minWidth, width)));
    keep.write('column', String(fitting ?? ''));
    onWidth(fitting);
    if (fitting !== undefined) setNow(fitting);
  };
  return (
    <div
      class="edge"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the names"
      aria-valuemin={minWidth}
      aria-valuemax={maxWidth}
      aria-valuenow={now}
      tabIndex={0}
      onFocus={(event) => setNow(event.currentTarget.offsetLeft)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const parent = event.currentTarget.parentElement;
        if (event.currentTarget.hasPointerCapture(event.pointerId) && parent) set(event.clientX - parent.getBoundingClientRect().left);
      }}
      onDblClick={() => set(undefined)}
      onKeyDown={(event) => {
        const step = event.key === 'ArrowLeft' ? -stepPixels : event.key === 'ArrowRight' ? stepPixels : 0;
        if (step === 0) return;
        event.preventDefault();
        set(event.currentTarget.offsetLeft + step);
      }}
    />
  );
}
