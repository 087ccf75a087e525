import { useLayoutEffect } from 'preact/hooks';
import type { App, KeySlot } from './app-state.ts';

/** Takes the keys for as long as the component is there. Returns true from `handler` for a key that did something. */
export function useKeys(slot: KeySlot, handler: (event: KeyboardEvent) => boolean): void {
  useLayoutEffect(() => {
    slot.current = handler;
    return () => {
      if (slot.current === handler) slot.current = undefined;
    };
  });
}

/** All keys, for the dialog. */
export const keyList: readonly (readonly [keys: string, does: string])[] = [
  ['/', 'focus the filter'],
  ['j k ↓ ↑', 'next, previous row'],
  ['Enter', 'open trace, show span'],
  ['Esc', 'close, clear, go back'],
  ['← →', 'fold, unfold'],
  ['e E', 'next, previous error'],
  ['c', 'critical path'],
  ['g', 'network gaps'],
  ['r', 'raw clocks'],
  ['z 0', 'zoom to span, reset'],
  ['[ ]', 'previous, next trace'],
  ['y', 'copy link to span'],
  ['p', 'pause the list'],
  ['t', 'theme'],
  ['?', 'this list'],
];

/** Where a key moves the cursor to, undefined if it moves nothing. `index` is -1 while no row has the cursor. */
export function moveIndex(
  event: Pick<KeyboardEvent, 'key'>,
  index: number,
  count: number,
  pageRows: number,
  isError: (index: number) => boolean,
): number | undefined {
  if (count === 0) return undefined;
  const within = (next: number): number => Math.min(count - 1, Math.max(0, next));
  switch (event.key) {
    case 'j':
    case 'ArrowDown':
      return within(index + 1);
    case 'k':
    case 'ArrowUp':
      return within(index < 0 ? 0 : index - 1);
    case 'PageDown':
      return within(index + Math.max(1, pageRows - 1));
    case 'PageUp':
      return within(index - Math.max(1, pageRows - 1));
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    case 'e':
    case 'E': {
      const step = event.key === 'e' ? 1 : -1;
      for (let turn = 1; turn <= count; turn++) {
        const at = (index + step * turn + count * 2) % count;
        if (isError(at)) return at;
      }
      return undefined;
    }
    default:
      return undefined;
  }
}

/** Listens for the page's keys; none acts while something is typed into, or with Ctrl, Alt or Meta. Returns what ends it. */
export function listenForKeys(app: App): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target as Element | null;
    if (target?.closest('input, textarea, select, [contenteditable], dialog[open]')) return;
    // A button's own keys stay its own.
    if (target?.closest('button, a, [role=separator]') && (event.key === 'Enter' || event.key === ' ' || event.key.startsWith('Arrow')))
      return;
    if (globalKey(app, event) || app.keys.current?.(event)) event.preventDefault();
  };
  document.addEventListener('keydown', onKeyDown);
  return () => document.removeEventListener('keydown', onKeyDown);
}

function globalKey(app: App, event: KeyboardEvent): boolean {
  switch (event.key) {
    case '/': {
      if (app.route.value.page !== 'traces') app.go({ page: 'traces', filter: app.filter.value });
      // At once where it is on the page: what is typed next would act as keys otherwise.
      const focus = (): boolean => {
        const input = document.getElementById('filter');
        input?.focus();
        return input !== null;
      };
      if (!focus()) requestAnimationFrame(focus);
      return true;
    }
    case '?':
      app.showKeys.value = true;
      return true;
    case 't':
      app.say(`Theme: ${app.theme.next()}`);
      return true;
    case 'p':
      app.paused.value = !app.paused.value;
      return true;
    default:
      return false;
  }
}
