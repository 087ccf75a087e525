import type { JSX } from 'preact';
import type { App } from './app-state.ts';
import { Icon } from './icon.tsx';
import { formatRoute } from './route.ts';

/** Name, views, connection, and what acts on the whole page. */
export function TopBar({ app }: { app: App }): JSX.Element {
  const page = app.route.value.page;
  const filter = app.filter.value;
  const theme = app.theme.value.value;
  const pauseText = app.paused.value ? 'Go on' : 'Pause the list';
  return (
    <header class="top">
      <a class="logo" href={formatRoute({ page: 'traces', filter })} aria-label="edgespan, traces">
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <rect x="1" y="3" width="13" height="3.6" rx="1" fill="var(--s1)" />
          <rect x="5" y="8.2" width="12" height="3.6" rx="1" fill="var(--s2)" />
          <rect x="10" y="13.4" width="9" height="3.6" rx="1" fill="var(--s3)" />
        </svg>
        <span>edgespan</span>
      </a>
      <nav aria-label="Views">
        <a href={formatRoute({ page: 'traces', filter })} aria-current={page === 'play' ? undefined : 'page'}>
          Traces
        </a>
        {app.options.play && (
          <a href="#/play" aria-current={page === 'play' ? 'page' : undefined}>
            Playground
          </a>
        )}
      </nav>
      <span class="grow" />
      <Status app={app} />
      <button
        type="button"
        class="square"
        aria-pressed={app.paused.value}
        aria-label={pauseText}
        title={`${pauseText} (p)`}
        onClick={() => {
          app.paused.value = !app.paused.value;
        }}
      >
        <Icon name={app.paused.value ? 'play' : 'pause'} />
      </button>
      <button
        type="button"
        class="square"
        aria-label={`Theme: ${theme}`}
        title={`Theme: ${theme} (t)`}
        onClick={() => app.say(`Theme: ${app.theme.next()}`)}
      >
        <Icon name={theme} />
      </button>
      <button
        type="button"
        class="square wide-only"
        aria-label="All keys"
        title="All keys (?)"
        onClick={() => {
          app.showKeys.value = true;
        }}
      >
        <kbd>?</kbd>
      </button>
    </header>
  );
}

function Status({ app }: { app: App }): JSX.Element {
  const connection = app.connection.value.state;
  const text =
    connection === 'gone'
      ? 'Not connected'
      : connection === 'connecting'
        ? 'Connecting'
        : app.paused.value
          ? 'Paused'
          : `Receiving on ${location.host}`;
  const look = connection === 'gone' ? 'off' : connection === 'connecting' || app.paused.value ? 'hold' : '';
  return (
    <div class="status" role="status" title={text}>
      <i class={`dot ${look}`} />
      <span>{text}</span>
    </div>
  );
}
