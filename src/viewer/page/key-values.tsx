import type { ComponentChildren, JSX } from 'preact';
import type { App } from './app-state.ts';
import { valueText } from './detail-facts.ts';
import { Icon } from './icon.tsx';

/** Keys and values, each value with its copy button. */
export function KeyValues({
  app,
  entries,
  ids = false,
}: {
  app: App;
  entries: readonly (readonly [string, unknown])[];
  ids?: boolean;
}): JSX.Element {
  return (
    <table class={`values ${ids ? 'ids' : ''}`}>
      <tbody>
        {entries.map(([key, value]) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td class={typeof value === 'string' ? '' : 'code-u'}>
              {valueText(value)}
              <button type="button" class="square" aria-label={`Copy ${key}`} onClick={() => app.copy(valueText(value), key)}>
                <Icon name="copy" />
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A titled part of the detail, with how many things it holds. */
export function Section({
  title,
  count,
  children,
}: {
  title: string;
  count?: number | undefined;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="section">
      <h3>
        {title} {count !== undefined && <span class="less">{count}</span>}
      </h3>
      {children}
    </section>
  );
}
