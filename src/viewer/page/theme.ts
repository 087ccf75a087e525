import { type Signal, signal } from '@preact/signals';
import type { Keep } from './colours.ts';

/** As the system says, or fixed. */
export type Theme = 'system' | 'light' | 'dark';

/** The chosen theme; setting it draws and keeps it. */
export interface ThemeChoice {
  readonly value: Signal<Theme>;
  /** System, light, dark, system … */
  next(): Theme;
}

const order: readonly Theme[] = ['system', 'light', 'dark'];

/** Reads the kept theme and puts it on `element` as `data-theme`. */
export function createThemeChoice(keep: Keep, element: HTMLElement): ThemeChoice {
  const kept = keep.read('theme');
  const value = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');
  element.dataset['theme'] = value.value;
  return {
    value,
    next() {
      const theme = order[(order.indexOf(value.value) + 1) % order.length] ?? 'system';
      value.value = theme;
      element.dataset['theme'] = theme;
      keep.write('theme', theme);
      return theme;
    },
  };
}
