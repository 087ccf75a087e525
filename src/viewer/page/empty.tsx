import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { App } from './app-state.ts';
import { Code, CopyLine } from './code.tsx';
import { dropToken, type FilterToken, matchesFilter, parseFilter } from './filter.ts';
import { formatClock, formatPlural } from './format.ts';
import { Icon } from './icon.tsx';
import { startCode } from './start-code.ts';

/** Nothing came yet: what to install, what to paste, what to open. */
export function NoTraces({ app }: { app: App }): JSX.Element {
  const tabs = startCode(app.intakeUrl);
  const [chosen, choose] = useState(tabs[0]?.title ?? '');
  const tab = tabs.find(({ title }) => title === chosen);
  return (
    <div class="empty">
      <div>
        <h1>No traces yet</h1>
        <p class="lead">
          <i class="dot pulse" /> Listening on <code>{app.intakeUrl}</code>
        </p>
        <ol class="steps">
          <li>
            <h2>Install</h2>
            <CopyLine app={app} text="npm i edgespan @opentelemetry/api" />
          </li>
          <li>
            <h2>Paste where your app starts</h2>
            <div class="code-box">
              <div class="tabs" role="tablist" aria-label="Runtime">
                {tabs.map(({ title }) => (
                  <button key={title} type="button" role="tab" aria-selected={title === chosen} onClick={() => choose(title)}>
                    {title}
                  </button>
                ))}
                <span class="grow" />
                <button type="button" class="button" aria-label="Copy the code" onClick={() => app.copy(tab?.code ?? '', 'Code')}>
                  <Icon name="copy" />
                  <span>Copy</span>
                </button>
              </div>
              <Code text={tab?.code ?? ''} />
            </div>
          </li>
          <li>
            <h2>Start your app and open it. The first trace appears here by itself.</h2>
          </li>
        </ol>
        <p class="less">Nothing after a minute? This finds the usual reasons:</p>
        <CopyLine app={app} text={`npx edgespan doctor ${app.intakeUrl}`} />
        {app.options.play && (
          <p>
            Or see it work first: <a href="#/play">open the playground</a>.
          </p>
        )}
      </div>
    </div>
  );
}

/** The server went away. */
export function Unreachable({ app }: { app: App }): JSX.Element | null {
  const connection = app.connection.value;
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  if (connection.state !== 'gone') return null;
  const known = app.all.value.length;
  const seconds = Math.max(0, Math.ceil((connection.nextTryMillis - now) / 1000));
  const port = Number(location.port) || 4319;
  return (
    <div class="empty">
      <div>
        <h1>
          <Icon name="error" class="bad" /> {location.host} does not answer
        </h1>
        <p class="lead">
          Since {formatClock(`${connection.sinceMillis}000000`).time}, {connection.tries === 1 ? 'one try' : `${connection.tries} tries`}.
          Next try in <b>{seconds} s</b>.{' '}
          <button type="button" class="button" onClick={() => app.stream()?.retry()}>
            Try now
          </button>
        </p>
        <ol class="steps">
          <li>
            <h2>Is it still running? Start it again:</h2>
            <CopyLine app={app} text={app.options.play ? 'npm start' : 'npx edgespan dev'} />
          </li>
          <li>
            <h2>Does something else hold the port? Take another, and give the clients its address:</h2>
            <CopyLine app={app} text={`npx edgespan dev --port ${port + 1}`} />
          </li>
        </ol>
        <p class="less">Clients go on trying for 30 minutes. What they could not keep is counted and shown in the ledger.</p>
        {known > 0 && (
          <button
            type="button"
            class="text-button"
            onClick={() => {
              app.showOld.value = true;
            }}
          >
            Show the {formatPlural(known, 'trace')} received before
          </button>
        )}
      </div>
    </div>
  );
}

/** The filter finds nothing: which condition is to blame. */
export function NoMatch({ app }: { app: App }): JSX.Element {
  const text = app.filter.value;
  const tokens = parseFilter(text).filter((token) => token.complete);
  const all = app.all.value;
  const without = (dropped: FilterToken): number => {
    const rest = tokens.filter((token) => token !== dropped);
    return all.filter((trace) => matchesFilter(trace, rest)).length;
  };
  return (
    <div class="empty at-top">
      <div>
        <h1>No trace matches</h1>
        <p class="lead">{formatPlural(all.length, 'trace')} received. Without one of the conditions:</p>
        {tokens.map((token) => (
          <button key={token.start} type="button" class="choice" onClick={() => app.setFilter(dropToken(text, token))}>
            without <code>{token.raw}</code>
            <span class="grow" />
            <span>
              <b>{without(token)}</b> match
            </span>
            <Icon name="next" />
          </button>
        ))}
        <button type="button" class="button" onClick={() => app.setFilter('')}>
          Clear the filter <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}
