import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { App } from './app-state.ts';
import { formatClock, formatDuration, formatPlural, formatShare } from './format.ts';
import { findHints } from './hints.ts';
import { ErrorPill, Icon } from './icon.tsx';
import { formatRoute } from './route.ts';
import type { WaterfallOwner } from './waterfall-keys.ts';

/** Title, facts, self time per service, and what the waterfall marks. */
export function TraceHead({ owner, traceId }: { owner: WaterfallOwner; traceId: string }): JSX.Element {
  const { app, view } = owner;
  const { time, millis } = formatClock(view.tree.originNano);
  const failed = view.failed.length;
  const span = view.root?.span;
  const moved = [...view.tree.offsets.values()];
  return (
    <div class="trace-head">
      <div class="title">
        <a class="square" href={formatRoute({ page: 'traces', filter: app.filter.value })} aria-label="Back to the list" title="Back (Esc)">
          <Icon name="back" />
        </a>
        <h1 class="cut" title={span?.resource}>
          {span?.resource}
        </h1>
        {span?.error === 1 && <ErrorPill />}
      </div>
      <div class="facts-line">
        <b>{formatDuration(view.tree.durationNano)}</b>
        <Count count={view.tree.nodes.length - view.ghostCount} word="span" />
        <Count count={view.services.length} word="service" />
        {failed > 0 && (
          <span class="bad">
            <Icon name="error" /> {formatPlural(failed, 'error')}
          </span>
        )}
        {view.ghostCount > 0 && <span class="warn">{formatPlural(view.ghostCount, 'parent')} missing</span>}
        {moved.length > 0 && (
          <span class="warn">
            {moved.length === 1 ? `one clock moved by ${formatDuration(moved[0] ?? 0)}` : `${moved.length} clocks moved`}
          </span>
        )}
        {app.marks.raw.value && <span class="warn">clocks as sent</span>}
        <span>
          {time}
          <span class="less">{millis}</span>
        </span>
        <button
          type="button"
          class="copy mono wide-only"
          aria-label={`Copy trace id ${traceId}`}
          onClick={() => app.copy(traceId, 'Trace id')}
        >
          {traceId}
          <Icon name="copy" />
        </button>
      </div>
      <div class="tools">
        <div class="services">
          <ServiceToggles owner={owner} />
        </div>
        <span class="grow" />
        <Toggle app={app} mark="critical" text="Critical path" letter="c" />
        <Toggle app={app} mark="gaps" text="Network gaps" letter="g" />
        <Toggle app={app} mark="raw" text="Raw clocks" letter="r" />
      </div>
      <Hints owner={owner} />
    </div>
  );
}

function Count({ count, word }: { count: number; word: string }): JSX.Element {
  const [number, noun] = formatPlural(count, word).split(' ');
  return (
    <span>
      <b>{number}</b> {noun}
    </span>
  );
}

/** What stands out, each with its span to jump to. */
function Hints({ owner }: { owner: WaterfallOwner }): JSX.Element | null {
  const { app, view } = owner;
  const clients = app.clients.value;
  const hints = useMemo(() => findHints(view, clients), [view, clients]);
  if (hints.length === 0) return null;
  return (
    <div class="hints">
      {hints.map((hint) => (
        <button
          key={hint.text}
          type="button"
          onClick={() => {
            owner.state.cursor.value = hint.spanId;
            owner.onShow(hint.spanId);
          }}
        >
          <Icon name="warn" />
          {hint.text}
        </button>
      ))}
    </div>
  );
}

/** Own time per service; pressed, the others stand back. */
function ServiceToggles({ owner }: { owner: WaterfallOwner }): JSX.Element {
  const { app, view, state } = owner;
  const whole = view.services.reduce((sum, share) => sum + share.selfNano, 0);
  return (
    <>
      {view.services.map((share) => (
        <button
          key={share.key}
          type="button"
          class="chip"
          style={{ '--c': app.colour(share.key) }}
          aria-pressed={state.only.value === share.key}
          title={`${formatDuration(share.selfNano)} own time in ${share.key}`}
          onClick={() => {
            state.only.value = state.only.value === share.key ? '' : share.key;
          }}
        >
          <b>{share.key}</b> {formatShare(share.selfNano, whole)}
        </button>
      ))}
    </>
  );
}

function Toggle({ app, mark, text, letter }: { app: App; mark: 'critical' | 'gaps' | 'raw'; text: string; letter: string }): JSX.Element {
  const pressed = app.marks[mark];
  return (
    <button
      type="button"
      class="button"
      aria-pressed={pressed.value}
      title={`${text} (${letter})`}
      onClick={() => {
        pressed.value = !pressed.value;
      }}
    >
      {text}
    </button>
  );
}
