import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ViewerClient, ViewerMessage, ViewerSpan } from '../viewer-span.ts';
import { createKeep, createServiceColours, type Keep, type ServiceColour } from './colours.ts';
import { listTraces, type Sort } from './listing.ts';
import type { PlayScene, PlayTier } from './play-scene.ts';
import { formatRoute, parseRoute, type Route } from './route.ts';
import { type Connection, openStream, type Stream } from './stream.ts';
import { createThemeChoice, type ThemeChoice } from './theme.ts';
import { createTraceBook, type TraceBook, type TraceSummary } from './trace-book.ts';

/** What a mount is given. */
export interface AppOptions {
  /** Where the viewer's server is, without a slash at the end: empty where it served the page. */
  apiBase: string;
  /** Where clients send to; shown in the instructions. Default: `/t` of this origin. */
  intakeUrl?: string | undefined;
  play?: readonly PlayScene[] | undefined;
  tiers?: readonly PlayTier[] | undefined;
}

/** Holds what acts on keys at the moment. */
export interface KeySlot {
  current: ((event: KeyboardEvent) => boolean) | undefined;
}

/** What a waterfall draws beside its bars. */
export interface Marks {
  readonly critical: Signal<boolean>;
  readonly gaps: Signal<boolean>;
  readonly raw: Signal<boolean>;
}

/** All that the page knows, made once per mount and handed down. */
export interface App {
  readonly options: AppOptions;
  readonly intakeUrl: string;
  readonly keep: Keep;
  readonly colour: ServiceColour;
  readonly theme: ThemeChoice;
  readonly book: TraceBook;
  /** Grows when the book changed; read it to be drawn again. */
  readonly bookVersion: ReadonlySignal<number>;
  readonly clients: ReadonlySignal<readonly ViewerClient[]>;
  readonly connection: ReadonlySignal<Connection>;
  /** Old traces are looked at though the server is gone. */
  readonly showOld: Signal<boolean>;
  readonly paused: Signal<boolean>;
  readonly route: ReadonlySignal<Route>;
  readonly filter: ReadonlySignal<string>;
  readonly sort: Signal<Sort>;
  /** Every trace, and those that match the filter in the order of the list. */
  readonly all: ReadonlySignal<readonly TraceSummary[]>;
  readonly listed: ReadonlySignal<readonly TraceSummary[]>;
  readonly marks: Marks;
  /** What the keys do on the view that is shown. */
  readonly keys: KeySlot;
  readonly toast: ReadonlySignal<string>;
  readonly tiers: Signal<readonly PlayTier[]>;
  /** The dialog with all keys. */
  readonly showKeys: Signal<boolean>;
  readonly stream: () => Stream | undefined;
  go(route: Route, replace?: boolean): void;
  setFilter(text: string): void;
  say(text: string): void;
  copy(text: string, what: string): void;
  clear(): Promise<void>;
  start(): () => void;
}

const toastMillis = 1800;
const hiddenFrameMillis = 200;
const addressDelayMillis = 150;

/** Makes the state; nothing is opened before `start()`. */
export function createApp(options: AppOptions): App {
  const keep = createKeep(() => globalThis.localStorage);
  const colour = createServiceColours(keep);
  const book = createTraceBook();
  const bookVersion = signal(0);
  const clients = signal<readonly ViewerClient[]>([]);
  const connection = signal<Connection>({ state: 'connecting' });
  const route = signal<Route>(parseRoute(location.hash));
  const toast = signal('');
  const showOld = signal(false);
  const sort = signal<Sort>({ key: 'time', down: true });
  const filter = computed(() => route.value.filter);
  const all = computed(() => {
    void bookVersion.value;
    return [...book.entries.values()].map((entry) => book.summary(entry));
  });
  const listed = computed(() => listTraces(all.value, filter.value, sort.value));
  let toastTimer: ReturnType<typeof setTimeout> | undefined;
  let addressTimer: ReturnType<typeof setTimeout> | undefined;
  let stream: Stream | undefined;
  let waiting: ViewerMessage[] = [];

  /** Arriving batches are gathered until the next frame; a hidden page draws none, so it has a timer. */
  function onMessage(message: ViewerMessage): void {
    waiting.push(message);
    if (waiting.length > 1) return;
    if (document.hidden) setTimeout(take, hiddenFrameMillis);
    else requestAnimationFrame(take);
  }

  /** Colours go by the order in which services are first heard of, whatever is drawn first. */
  function giveColours(spans: readonly ViewerSpan[]): void {
    for (const span of spans) colour(span.service);
  }

  function take(): void {
    const messages = waiting;
    waiting = [];
    batch(() => {
      for (const message of messages) {
        if (message.type === 'snapshot') {
          clients.value = message.clients;
          giveColours(message.spans);
          book.replace(message.spans);
        } else if (message.type === 'spans') {
          giveColours(message.spans);
          book.add(message.spans);
        } else if (message.type === 'evicted') book.remove(message.traces);
        else if (message.type === 'clients') clients.value = mergeClients(clients.value, message.clients);
      }
      bookVersion.value++;
    });
  }

  function say(text: string): void {
    toast.value = text;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => {
      toast.value = '';
    }, toastMillis);
  }

  /** Writing the address waits a little where it is only replaced: engines allow about 100 writes in 30 s. */
  function writeAddress(): void {
    clearTimeout(addressTimer);
    addressTimer = undefined;
    try {
      history.replaceState(null, '', formatRoute(route.value));
    } catch {
      // Refused by the engine: the page works on, only the address is behind.
    }
  }

  function go(next: Route, replace = false): void {
    if (formatRoute(next) === formatRoute(route.value)) return;
    if (replace) {
      clearTimeout(addressTimer);
      addressTimer = setTimeout(writeAddress, addressDelayMillis);
    } else {
      if (addressTimer !== undefined) writeAddress();
      history.pushState(null, '', formatRoute(next));
    }
    route.value = next;
  }

  return {
    options,
    intakeUrl: options.intakeUrl ?? `${location.origin}${options.apiBase}/t`,
    keep,
    colour,
    theme: createThemeChoice(keep, document.documentElement),
    book,
    bookVersion,
    clients,
    connection,
    showOld,
    paused: signal(false),
    route,
    filter,
    sort,
    all,
    listed,
    marks: { critical: signal(false), gaps: signal(true), raw: signal(false) },
    keys: { current: undefined },
    toast,
    tiers: signal(options.tiers ?? []),
    showKeys: signal(false),
    stream: () => stream,
    go,
    setFilter: (text) => go({ ...route.value, filter: text }, true),
    say,
    copy(text, what) {
      const done = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
      done.then(
        () => say(`${what} copied`),
        () => say('The browser did not allow copying'),
      );
    },
    async clear() {
      const answer = await fetch(`${options.apiBase}/api/clear`, { method: 'POST' }).catch(() => undefined);
      if (!answer?.ok) return say('The server did not clear the traces');
      book.replace([]);
      bookVersion.value++;
    },
    start() {
      const onHash = (): void => {
        route.value = parseRoute(location.hash);
      };
      addEventListener('hashchange', onHash);
      addEventListener('popstate', onHash);
      stream = openStream(`${options.apiBase}/api/stream`, {
        onMessage,
        onConnection(next) {
          connection.value = next;
          if (next.state === 'live') showOld.value = false;
        },
      });
      return () => {
        removeEventListener('hashchange', onHash);
        removeEventListener('popstate', onHash);
        stream?.close();
      };
    },
  };
}

/** A message about clients may carry only those that changed. */
function mergeClients(known: readonly ViewerClient[], changed: readonly ViewerClient[]): ViewerClient[] {
  const byId = new Map(known.map((client) => [client.client, client]));
  for (const client of changed) byId.set(client.client, client);
  return [...byId.values()];
}
