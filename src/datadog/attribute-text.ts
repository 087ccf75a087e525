import type { Attributes } from '../trace/span-data.ts';

/** An attribute as text, empty where there is none. */
export function attributeText(attributes: Attributes, key: string): string {
  return `${attributes[key] ?? ''}`;
}

/** Whether a tag that switches something says yes: false is what Go's `strconv.ParseBool` reads so, and nothing at all. */
export function isTrue(value: unknown): boolean {
  return !/^(?:0|f|false|)$/i.test(`${value}`);
}
