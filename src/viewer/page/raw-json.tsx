import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ViewerSpan } from '../viewer-span.ts';
import type { App } from './app-state.ts';
import { colourPieces } from './code.tsx';
import { Icon } from './icon.tsx';
import { formatJsonText } from './json-text.ts';

/** The span as Datadog gets it, digit by digit: asked of the server, since reading it here would round its ids. */
export function RawJson({ app, span }: { app: App; span: ViewerSpan }): JSX.Element {
  const [text, setText] = useState<string>();
  const [failure, setFailure] = useState('');
  const { traceId, spanId } = span;
  useEffect(() => {
    const abort = new AbortController();
    setText(undefined);
    setFailure('');
    fetch(`${app.options.apiBase}/api/spans/${traceId}/${spanId}.json`, { signal: abort.signal })
      .then(async (answer) => {
        if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
        setText(await answer.text());
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setFailure(error instanceof Error ? error.message : String(error));
      });
    return () => abort.abort();
  }, [app, traceId, spanId]);
  if (failure) return <p class="section bad">{failure}. Only spans that the server still holds have their JSON.</p>;
  if (text === undefined) return <p class="section less">Asking the server</p>;
  return (
    <div class="raw">
      <button type="button" class="button" onClick={() => app.copy(text, 'JSON')}>
        <Icon name="copy" />
        Copy
      </button>
      <pre>
        <code>{colourPieces(formatJsonText(text))}</code>
      </pre>
    </div>
  );
}
