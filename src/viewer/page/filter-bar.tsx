import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { App } from './app-state.ts';
import { parseFilter, toggleToken } from './filter.ts';
import { type Suggestion, suggest, tokenAt } from './filter-suggest.ts';
import { formatPlural } from './format.ts';
import { Icon } from './icon.tsx';

const slowToken = 'duration:>500ms';
const errorToken = 'status:error';

/** The filter with its suggestions, two ready conditions, and how many traces match. */
export function FilterBar({ app }: { app: App }): JSX.Element {
  const text = app.filter.value;
  const tokens = parseFilter(text);
  const has = (raw: string): boolean => tokens.some((token) => token.raw === raw);
  const matched = app.listed.value.length;
  const total = app.all.value.length;
  return (
    <div class="filter-bar">
      <FilterInput app={app} text={text} />
      <button
        type="button"
        class="button err-icon"
        aria-pressed={has(errorToken)}
        onClick={() => app.setFilter(toggleToken(text, errorToken))}
      >
        <Icon name="error" />
        Errors
      </button>
      <button
        type="button"
        class="button wide-only"
        aria-pressed={has(slowToken)}
        onClick={() => app.setFilter(toggleToken(text, slowToken))}
      >
        Slower than 500 ms
      </button>
      <span class="count" role="status">
        {matched === total ? formatPlural(total, 'trace') : `${matched} of ${formatPlural(total, 'trace')}`}
      </span>
      <button type="button" class="square" aria-label="Clear all traces" title="Clear all traces" onClick={() => void app.clear()}>
        <Icon name="trash" />
      </button>
    </div>
  );
}

function FilterInput({ app, text }: { app: App; text: string }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const [caret, setCaret] = useState(-1);
  const [chosen, setChosen] = useState(-1);
  const token = caret < 0 ? undefined : tokenAt(text, caret);
  const found = token ? suggest(token, app.all.value) : [];
  const open = found.length > 0;

  function onCaret(): void {
    setCaret(document.activeElement === input.current ? (input.current?.selectionStart ?? -1) : -1);
    if (mirror.current && input.current) mirror.current.scrollLeft = input.current.scrollLeft;
  }

  function accept(suggestion: Suggestion): void {
    if (!token || !input.current) return;
    const whole = suggestion.raw.endsWith(':') ? suggestion.raw : `${suggestion.raw} `;
    const next = text.slice(0, token.start) + whole + text.slice(token.end).trimStart();
    app.setFilter(next);
    setChosen(-1);
    input.current.value = next;
    input.current.setSelectionRange(token.start + whole.length, token.start + whole.length);
    onCaret();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const pick = found[chosen] ?? (event.key === 'Tab' && !event.shiftKey ? found[0] : undefined);
    if (open && step !== 0) setChosen((chosen + step + found.length) % found.length);
    else if (open && pick && (event.key === 'Tab' || event.key === 'Enter')) accept(pick);
    else if (event.key === 'Escape' && open) setCaret(-1);
    else if (event.key === 'Escape' || event.key === 'Enter') input.current?.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div class="filter" role="search">
      <Icon name="search" />
      <div class="mirror" ref={mirror} aria-hidden="true">
        {marked(text)}
      </div>
      <input
        id="filter"
        ref={input}
        type="text"
        role="combobox"
        aria-label="Filter traces"
        aria-expanded={open}
        aria-controls="filter-suggestions"
        aria-autocomplete="list"
        aria-activedescendant={open && chosen >= 0 ? `suggestion-${chosen}` : undefined}
        placeholder="service:api status:error @http.status_code:>=500"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setChosen(-1);
          app.setFilter(event.currentTarget.value);
          onCaret();
        }}
        onKeyDown={onKeyDown}
        onKeyUp={onCaret}
        onClick={onCaret}
        onScroll={onCaret}
        onBlur={() => setCaret(-1)}
      />
      <span class="end">
        {text ? (
          <button type="button" class="square" aria-label="Clear the filter" onClick={() => app.setFilter('')}>
            <Icon name="close" />
          </button>
        ) : (
          <kbd>/</kbd>
        )}
      </span>
      {open && (
        <ul class="suggestions" id="filter-suggestions" role="listbox" aria-label="Suggestions">
          {found.map((suggestion, index) => (
            <li
              key={suggestion.raw}
              id={`suggestion-${index}`}
              role="option"
              aria-selected={index === chosen}
              onMouseDown={(event) => {
                event.preventDefault();
                accept(suggestion);
              }}
            >
              <code>{suggestion.raw}</code>
              <span class="less">{suggestion.note}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The same text behind the input, so that conditions get a background. */
function marked(text: string): (JSX.Element | string)[] {
  const pieces: (JSX.Element | string)[] = [];
  let end = 0;
  for (const token of parseFilter(text)) {
    pieces.push(text.slice(end, token.start));
    pieces.push(token.key === '' ? token.raw : <mark class={token.complete ? '' : 'open'}>{token.raw}</mark>);
    end = token.end;
  }
  pieces.push(text.slice(end));
  return pieces;
}
