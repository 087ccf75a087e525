import type { JSX } from 'preact';

/** Drawn on 16 × 16, in the colour of the text. */
const shapes = {
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4 14 14',
  close: 'M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6',
  error: 'M5.3 1.6h5.4l3.7 3.7v5.4l-3.7 3.7H5.3l-3.7-3.7V5.3zM8 4.7v3.9M8 11.1v.2',
  warn: 'M8 2.1 1.6 13.4h12.8zM8 6.4v3.3M8 11.6v.1',
  done: 'M3 8.6l3.4 3.4 6.6-7.6',
  copy: 'M5.6 7A1.4 1.4 0 0 1 7 5.6h5.1A1.4 1.4 0 0 1 13.5 7v5.1a1.4 1.4 0 0 1-1.4 1.4H7a1.4 1.4 0 0 1-1.4-1.4zM10.4 3V2.5H2.5v7.9H3',
  link: 'M6.4 9.6 9.9 6.1M7.1 4.6l1.7-1.7a3 3 0 0 1 4.3 4.3l-1.7 1.7M8.9 11.4l-1.7 1.7a3 3 0 0 1-4.3-4.3l1.7-1.7',
  pause: 'M5.6 3.6v8.8M10.4 3.6v8.8',
  play: 'M5 3.2v9.6L12.8 8z',
  next: 'M6.2 3.2 11 8l-4.8 4.8',
  back: 'M9.8 3.2 5 8l4.8 4.8',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.7V8l2.3 1.4',
  system: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 2v12M9.5 2.4v11.2M11 3v10M12.5 4.3v7.4',
  light:
    'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1.2v1.3M8 13.5v1.3M1.2 8h1.3M13.5 8h1.3M3.2 3.2l.9.9M11.9 11.9l.9.9M12.8 3.2l-.9.9M4.1 11.9l-.9.9',
  dark: 'M13.4 9.6A6 6 0 0 1 6.4 2.6a6 6 0 1 0 7 7z',
  trash: 'M2.5 4.5h11M6 4.2V2.6h4v1.6M4 4.7l.7 8.8h6.6l.7-8.8M6.7 7v4M9.3 7v4',
  browser: 'M3.5 2.6h9a2 2 0 0 1 2 2v6.8a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2V4.6a2 2 0 0 1 2-2M1.5 6h13',
  worker: 'M3.5 2.6h9a2 2 0 0 1 2 2v6.8a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2V4.6a2 2 0 0 1 2-2M8 5.4v5.2M5.4 8h5.2',
  workerd: 'M4.6 12.6a3 3 0 0 1-.4-6 4 4 0 0 1 7.7.7 2.7 2.7 0 0 1-.4 5.3z',
  deno: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M6.6 13.8 6 9.6c0-2 1.2-3 2.8-3 2 0 3 1.4 3.6 4.7',
  node: 'M8 1.6 13.6 4.8v6.4L8 14.4 2.4 11.2V4.8zM8 8.2v6.2M8 8.2 2.4 4.8M8 8.2l5.6-3.4',
  bun: 'M2 9.4C2 6 4.7 3.4 8 3.4s6 2.6 6 6c0 2.2-2.6 3.4-6 3.4s-6-1.2-6-3.4M5.6 8.6v.3M10.4 8.6v.3M7 10.4h2',
} as const;

export type IconName = keyof typeof shapes;

/** Decoration only: the word or the label beside it says the same. */
export function Icon({ name, class: extra = '' }: { name: IconName; class?: string }): JSX.Element {
  return (
    <svg class={`i ${extra}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}

/** The runtime's badge; nothing where the runtime is not known. */
export function RuntimeBadge({ runtime }: { runtime: string }): JSX.Element | null {
  if (!runtime) return null;
  return (
    <span class="badge">
      {runtime in shapes && <Icon name={runtime as IconName} />}
      {runtime}
    </span>
  );
}

/** Service name behind a square of its colour. */
export function ServiceChip({ service, colour }: { service: string; colour: string }): JSX.Element {
  return (
    <span class="chip" style={{ '--c': colour }}>
      {service}
    </span>
  );
}

/** `error` as a pill with its icon. */
export function ErrorPill(): JSX.Element {
  return (
    <span class="pill">
      <Icon name="error" />
      error
    </span>
  );
}
