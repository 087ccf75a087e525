import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

const key = createContextKey('operation');

const seen: { want: string; got: unknown }[] = [];

/** Runs what a span would be around. */
export function inOperation<T>(name: string, fn: () => T): T {
  return context.with(ROOT_CONTEXT.setValue(key, name), fn);
}

export function look(want: string): void {
  seen.push({ want, got: context.active().getValue(key) });
}

/** Loads data over three awaits. */
export async function load(): Promise<number[]> {
  const before = context.active().getValue(key);
  const response = await fetch('/data.json');
  look(String(before));
  const { rows } = (await response.json()) as { rows: number[] };
  look(String(before));
  await new Promise((resolve) => setTimeout(resolve, 1));
  look(String(before));
  return rows;
}

declare global {
  var runPage: () => Promise<{ seen: typeof seen; text: string | null }>;
}

/** What a person does: waits for the first data, clicks, waits for more. */
globalThis.runPage = async () => {
  const until = async (what: () => boolean | undefined): Promise<void> => {
    for (let tries = 0; tries < 200 && !what(); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const button = (): HTMLElement | null => document.querySelector('button');
  await until(() => button()?.textContent === '3');
  button()?.click();
  await until(() => button()?.textContent === '9');
  return { seen, text: button()?.textContent ?? null };
};
