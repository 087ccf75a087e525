import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { App } from './app-state.ts';
import { keyList } from './keys.ts';

/** All keys. */
export function KeysDialog({ app }: { app: App }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = app.showKeys.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const close = (): void => {
    app.showKeys.value = false;
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="keys-title"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
      onKeyDown={(event) => {
        if (event.key === '?') close();
      }}
    >
      <h2 id="keys-title">Keys</h2>
      <div class="key-grid">
        {keyList.map(([keys, does]) => (
          <div key={keys}>
            <span>{does}</span>
            <Keys keys={keys} />
          </div>
        ))}
      </div>
      <form method="dialog">
        <button type="submit" class="button">
          Close <kbd>Esc</kbd>
        </button>
      </form>
    </dialog>
  );
}

/** Keys as caps. */
export function Keys({ keys }: { keys: string }): JSX.Element {
  return (
    <span class="caps">
      {keys.split(' ').map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
