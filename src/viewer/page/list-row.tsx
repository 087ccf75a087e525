import type { JSX } from 'preact';
import type { App } from './app-state.ts';
import { formatClock, formatDuration } from './format.ts';
import { Icon, RuntimeBadge, ServiceChip } from './icon.tsx';
import { formatRoute } from './route.ts';
import type { TraceSummary } from './trace-book.ts';

const maxShownServices = 4;

interface ListRowProps {
  app: App;
  trace: TraceSummary;
  index: number;
  top: number;
  current: boolean;
  fresh: boolean;
  slowestNano: number;
}

/** One trace. A click anywhere opens it; the link is there for new tabs and for assistive technology. */
export function ListRow({ app, trace, index, top, current, fresh, slowestNano }: ListRowProps): JSX.Element {
  const { time, millis } = formatClock(trace.startNano);
  const href = formatRoute({ page: 'trace', traceId: trace.id, spanId: '', filter: app.filter.value });
  const more = trace.services.length - maxShownServices;
  return (
    <div
      class={`list-row ${trace.errorCount ? 'failed' : ''} ${fresh ? 'fresh' : ''}`}
      id={`trace-${trace.id}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={current}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || (event.target as Element).closest('a')) return;
        app.go({ page: 'trace', traceId: trace.id, spanId: '', filter: app.filter.value });
      }}
    >
      <span role="gridcell" class="c-status bad">
        {trace.errorCount > 0 && (
          <>
            <Icon name="error" />
            <span class="sr">error</span>
          </>
        )}
      </span>
      <span role="gridcell" class="c-time">
        {time}
        <span class="less">{millis}</span>
      </span>
      <span role="gridcell" class="c-resource cut" title={trace.resource}>
        <a href={href} tabIndex={-1}>
          {trace.resource || <i class="less">root not received</i>}
        </a>
      </span>
      <span role="gridcell" class="c-name mono cut" title={trace.name}>
        {trace.name}
      </span>
      <span role="gridcell" class="c-services" title={trace.services.join(', ')}>
        {trace.services.slice(0, maxShownServices).map((service) => (
          <ServiceChip key={service} service={service} colour={app.colour(service)} />
        ))}
        {more > 0 && <span class="less">+{more}</span>}
      </span>
      <span role="gridcell" class="c-runtimes">
        {trace.runtimes.map((runtime) => (
          <RuntimeBadge key={runtime} runtime={runtime} />
        ))}
      </span>
      <span role="gridcell" class="c-spans number">
        {trace.spanCount}
      </span>
      <span role="gridcell" class="c-errors number">
        {trace.errorCount ? (
          <b class="bad">
            <Icon name="error" />
            {trace.errorCount}
          </b>
        ) : (
          <span class="less">–</span>
        )}
      </span>
      <span role="gridcell" class="c-duration">
        <span class="number">{formatDuration(trace.duration)}</span>
        <span class="share" aria-hidden="true">
          <span style={{ width: `${Math.max(0.5, (trace.duration / slowestNano) * 100)}%` }}>
            {trace.shares
              .filter((share) => share.selfNano > 0)
              .map((share) => (
                <i key={share.key} style={{ flexGrow: share.selfNano, '--c': app.colour(share.key) }} />
              ))}
          </span>
        </span>
      </span>
    </div>
  );
}
