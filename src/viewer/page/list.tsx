import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { App } from './app-state.ts';
import { NoMatch } from './empty.tsx';
import { FilterBar } from './filter-bar.tsx';
import { useFresh } from './fresh.ts';
import { moveIndex, useKeys } from './keys.ts';
import { LatencyStrip } from './latency-strip.tsx';
import { ListRow } from './list-row.tsx';
import type { SortKey } from './listing.ts';
import { narrowQuery, useMedia } from './media.ts';
import { useVirtualRows } from './virtual-rows.ts';

const columns: readonly { key: SortKey | ''; class: string; title: string }[] = [
  { key: '', class: 'c-status', title: '' },
  { key: 'time', class: 'c-time', title: 'Time' },
  { key: 'resource', class: 'c-resource', title: 'Root resource' },
  { key: '', class: 'c-name', title: 'Operation' },
  { key: '', class: 'c-services', title: 'Services' },
  { key: '', class: 'c-runtimes', title: 'Runtimes' },
  { key: 'spans', class: 'c-spans number', title: 'Spans' },
  { key: 'errors', class: 'c-errors number', title: 'Errors' },
  { key: 'duration', class: 'c-duration', title: 'Duration' },
];

/** The traces as they come: filter, latency strip and table. */
export function List({ app }: { app: App }): JSX.Element {
  const grid = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [atTop, setAtTop] = useState(true);
  const [focused, setFocused] = useState(false);
  const [cursor, setCursor] = useState('');
  const narrow = useMedia(narrowQuery);
  const held = !atTop || focused || cursor !== '' || app.paused.value;
  const limit = useRef(Number.POSITIVE_INFINITY);
  const listed = app.listed.value;
  if (!held) limit.current = app.book.nextOrder();
  const shown = useMemo(() => listed.filter((trace) => trace.order < limit.current), [listed, limit.current]);
  const freshCount = listed.length - shown.length;
  const slowestNano = useMemo(() => shown.reduce((most, trace) => Math.max(most, trace.duration), 1), [shown]);
  const isFresh = useFresh('list', () => shown.map((trace) => trace.id), shown);
  const rowHeight = narrow ? 60 : 36;
  const rows = useVirtualRows(box, shown.length, rowHeight);

  useKeys(app.keys, (event) => {
    const index = shown.findIndex((trace) => trace.id === cursor);
    const isError = (at: number): boolean => (shown[at]?.errorCount ?? 0) > 0;
    const next = moveIndex(event, index, shown.length, Math.floor((box.current?.clientHeight ?? 0) / rowHeight), isError);
    if (next !== undefined) {
      setCursor(shown[next]?.id ?? '');
      rows.show(next);
      grid.current?.focus({ preventScroll: true });
    } else if (event.key === 'Enter' && cursor) app.go({ page: 'trace', traceId: cursor, spanId: '', filter: app.filter.value });
    else if (event.key === 'Escape' && cursor) setCursor('');
    else if (event.key === 'Escape' && app.filter.value) app.setFilter('');
    else if (event.key === 'Escape') grid.current?.blur();
    else return false;
    return true;
  });

  function showFresh(): void {
    limit.current = app.book.nextOrder();
    setCursor('');
    if (box.current) box.current.scrollTop = 0;
    grid.current?.blur();
    setFocused(false);
  }

  return (
    <div class="list">
      <FilterBar app={app} />
      {shown.length === 0 && freshCount === 0 ? (
        <NoMatch app={app} />
      ) : (
        <>
          <LatencyStrip app={app} traces={shown} />
          <div
            class="table"
            ref={grid}
            role="grid"
            tabIndex={0}
            aria-label="Traces"
            aria-rowcount={shown.length + 1}
            aria-colcount={columns.length}
            aria-activedescendant={cursor ? `trace-${cursor}` : undefined}
            onFocus={() => setFocused(true)}
            onBlur={() => setFocused(false)}
          >
            <Head app={app} />
            {freshCount > 0 && (
              <div class="more">
                <button type="button" class="button" onClick={showFresh}>
                  {freshCount} new ↑
                </button>
              </div>
            )}
            <div class="rows" role="rowgroup" ref={box} tabIndex={-1} onScroll={(event) => setAtTop(event.currentTarget.scrollTop < 4)}>
              <div style={{ height: `${rows.totalHeight}px` }} role="presentation">
                {rows.items.map((item) => {
                  const trace = shown[item.index];
                  return (
                    trace && (
                      <ListRow
                        key={trace.id}
                        app={app}
                        trace={trace}
                        index={item.index}
                        top={item.start}
                        current={trace.id === cursor}
                        fresh={isFresh(trace.id)}
                        slowestNano={slowestNano}
                      />
                    )
                  );
                })}
              </div>
            </div>
          </div>
        </>
      )}
    </div>
  );
}

function Head({ app }: { app: App }): JSX.Element {
  const sort = app.sort.value;
  return (
    <div class="list-head" role="row" aria-rowindex={1}>
      {columns.map((column) => (
        <span
          key={column.class}
          role="columnheader"
          class={column.class}
          aria-sort={column.key === sort.key ? (sort.down ? 'descending' : 'ascending') : undefined}
        >
          {column.key === '' ? (
            column.title || <span class="sr">Status</span>
          ) : (
            <button
              type="button"
              tabIndex={-1}
              onClick={() => {
                app.sort.value = { key: column.key as SortKey, down: column.key === sort.key ? !sort.down : column.key !== 'resource' };
              }}
            >
              {column.title} {column.key === sort.key && (sort.down ? '↓' : '↑')}
            </button>
          )}
        </span>
      ))}
    </div>
  );
}
