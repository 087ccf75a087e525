import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { App } from './app-state.ts';
import { NoTraces, Unreachable } from './empty.tsx';
import { Icon } from './icon.tsx';
import { Keys, KeysDialog } from './keys-dialog.tsx';
import { LedgerStrip } from './ledger.tsx';
import { List } from './list.tsx';
import { Play } from './play.tsx';
import { createPlayState, type PlayState } from './play-state.ts';
import { TopBar } from './top-bar.tsx';
import { TracePage } from './trace-page.tsx';

const barKeys = {
  traces: [
    ['/', 'filter'],
    ['j k', 'move'],
    ['Enter', 'open'],
    ['p', 'pause'],
  ],
  trace: [
    ['j k', 'move'],
    ['← →', 'fold'],
    ['e', 'next error'],
    ['c', 'critical path'],
    ['z 0', 'zoom'],
    ['y', 'copy link'],
  ],
  play: [
    ['j k', 'move'],
    ['e', 'next error'],
    ['c', 'critical path'],
  ],
} as const;

/** Top bar, the view of the address, footer, and what floats. */
export function Frame({ app }: { app: App }): JSX.Element {
  const play = useMemo(createPlayState, []);
  const page = app.route.value.page;
  return (
    <>
      <TopBar app={app} />
      <main>
        <View app={app} play={play} />
      </main>
      <footer class="foot">
        <LedgerStrip app={app} />
        <div class="foot-keys">
          {[...barKeys[page], ['?', 'all keys'] as const].map(([keys, does]) => (
            <span key={does}>
              <Keys keys={keys} />
              {does}
            </span>
          ))}
        </div>
      </footer>
      <KeysDialog app={app} />
      <div class={`toast ${app.toast.value ? 'on' : ''}`} role="status">
        {app.toast.value}
      </div>
    </>
  );
}

function View({ app, play }: { app: App; play: PlayState }): JSX.Element | null {
  const route = app.route.value;
  const connection = app.connection.value.state;
  if (connection === 'gone' && !app.showOld.value && route.page !== 'play') return <Unreachable app={app} />;
  let view: JSX.Element | null;
  if (route.page === 'play' && app.options.play) view = <Play app={app} scenes={app.options.play} state={play} />;
  else if (route.page === 'trace')
    view = connection === 'connecting' ? null : <TracePage app={app} traceId={route.traceId} spanId={route.spanId} />;
  else if (app.all.value.length > 0) view = <List app={app} />;
  else view = connection === 'connecting' ? null : <NoTraces app={app} />;
  if (connection !== 'gone') return view;
  return (
    <div class="with-banner">
      <div class="banner" role="status">
        <Icon name="error" />
        {location.host} does not answer; these are the traces received before.
        <button type="button" class="button" onClick={() => app.stream()?.retry()}>
          Try now
        </button>
      </div>
      {view}
    </div>
  );
}
