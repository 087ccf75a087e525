import { elementScroll, observeElementOffset, observeElementRect, type VirtualItem, Virtualizer } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows of one fixed height, of which only those in sight and ten on each side are in the document. */
export interface VirtualRows {
  items: readonly VirtualItem[];
  totalHeight: number;
  /** Scrolls as little as needed. */
  show(index: number): void;
}

const overscanCount = 10;

/** Draws the component again when other rows come into sight. */
export function useVirtualRows(box: RefObject<HTMLDivElement | null>, count: number, rowHeight: number): VirtualRows {
  const [, draw] = useState(0);
  const held = useRef<Virtualizer<HTMLDivElement, HTMLDivElement>>(null);
  const options = {
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: overscanCount,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => draw((turn) => turn + 1),
  };
  held.current ??= new Virtualizer<HTMLDivElement, HTMLDivElement>(options);
  const virtualizer = held.current;
  const before = useRef(rowHeight);
  virtualizer.setOptions(options);
  if (before.current !== rowHeight) {
    before.current = rowHeight;
    virtualizer.measure();
  }
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  return {
    items: virtualizer.getVirtualItems(),
    totalHeight: count * rowHeight,
    show: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
  };
}
