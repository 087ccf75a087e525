import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { App } from './app-state.ts';
import { type FilterToken, parseFilter, toggleToken } from './filter.ts';
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
      <FilterInput app={app} />
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

function FilterInput({ app }: { app: App }): JSX.Element {
  // Read here, not handed down: drawn again for the caret with the text of before, the input would lose what was typed meanwhile.
  const text = app.filter.value;
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  /** Set by Escape until something is typed: keys come before the page is drawn, so no state of the drawing can say it. */
  const dismissed = useRef(false);
  const [caret, setCaret] = useState(-1);
  const [chosen, setChosen] = useState(-1);
  const token = caret < 0 ? undefined : tokenAt(text, caret);
  const found = token ? suggest(token, app.all.value) : [];
  const open = found.length > 0;

  function onCaret(): void {
    setCaret(document.activeElement === input.current ? (input.current?.selectionStart ?? -1) : -1);
    if (mirror.current && input.current) mirror.current.scrollLeft = input.current.scrollLeft;
  }

  /** Reads the input itself: keys may come faster than the page is drawn. */
  function suggestNow(): { token: FilterToken | undefined; found: Suggestion[] } {
    const { value = '', selectionStart = 0 } = input.current ?? {};
    const typed = tokenAt(value, selectionStart ?? value.length);
    return { token: typed, found: suggest(typed, app.all.value) };
  }

  function accept(suggestion: Suggestion, typed: FilterToken | undefined): void {
    if (!typed || !input.current) return;
    const whole = suggestion.raw.endsWith(':') ? suggestion.raw : `${suggestion.raw} `;
    const { value } = input.current;
    const next = value.slice(0, typed.start) + whole + value.slice(typed.end).trimStart();
    input.current.value = next;
    input.current.setSelectionRange(typed.start + whole.length, typed.start + whole.length);
    app.setFilter(next);
    setChosen(-1);
    onCaret();
  }

  function dismiss(): void {
    dismissed.current = true;
    setCaret(-1);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const accepts = event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey);
    const now = step !== 0 || accepts ? suggestNow() : undefined;
    const count = now?.found.length ?? 0;
    const pick = accepts ? (now?.found[chosen] ?? (event.key === 'Tab' ? now?.found[0] : undefined)) : undefined;
    if (step !== 0 && count > 0) setChosen((chosen + step + count) % count);
    else if (pick && !dismissed.current) accept(pick, now?.token);
    else if (event.key === 'Escape' && open) dismiss();
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
          dismissed.current = false;
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
                accept(suggestion, token);
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
