import type { JSX } from 'preact';
import type { App } from './app-state.ts';
import { type CodePiece, highlightCode } from './highlight.ts';
import { Icon } from './icon.tsx';

/** Coloured code. */
export function Code({ text }: { text: string }): JSX.Element {
  return (
    <pre>
      <code>{colourPieces(highlightCode(text))}</code>
    </pre>
  );
}

/** Pieces as text and spans. */
export function colourPieces(pieces: readonly CodePiece[]): (JSX.Element | string)[] {
  return pieces.map((piece, index) =>
    piece.kind === '' ? (
      piece.text
    ) : (
      <span key={index} class={`code-${piece.kind}`}>
        {piece.text}
      </span>
    ),
  );
}

/** One line to copy. */
export function CopyLine({ app, text }: { app: App; text: string }): JSX.Element {
  return (
    <div class="code-box single">
      <Code text={text} />
      <button type="button" class="button" onClick={() => app.copy(text, 'Line')}>
        <Icon name="copy" />
        Copy
      </button>
    </div>
  );
}
