import type { AttributeValue } from '@opentelemetry/api';
import { cutText } from './cut-text.ts';
import { guard } from './guard.ts';
import { maxKeyBytes, maxTags } from './limits.ts';
import type { Attributes } from './span-data.ts';

/** Nested values become JSON text; what is deeper or longer than any reader wants is not looked at. */
const maxJsonDepth = 8;

/**
 * A value as it is kept: text is cut, arrays of simple values are copied, nested values (API 1.10) and big integers become text.
 * Undefined for what has no form on any wire: null, undefined, functions, symbols, and objects that refuse to be read.
 */
export function toAttributeValue(value: unknown, maxBytes: number): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return cutText(value, maxBytes);
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : cutText(`${value}`, maxBytes);
    case 'object':
      return value ? guard(() => toArrayOrText(value, maxBytes)) : undefined;
    default:
      return undefined;
  }
}

function toArrayOrText(value: object, maxBytes: number): AttributeValue | undefined {
  if (Array.isArray(value)) {
    const items = value.slice(0, maxTags);
    if (!items.some((item) => item && typeof item === 'object')) {
      return items.map((item) => (item === null ? item : toAttributeValue(item, maxBytes))) as AttributeValue;
    }
  }
  let budget = maxBytes;
  const text = JSON.stringify(plain(value, 0));
  return text && cutText(text, maxBytes);

  // A copy of bounded size: the host's objects may be huge, cyclic or full of getters.
  function plain(item: unknown, depth: number): unknown {
    budget -= 8;
    if (typeof item === 'string') {
      const cut = cutText(item, Math.max(budget, 0));
      budget -= cut.length;
      return cut;
    }
    if (typeof item === 'bigint') return `${item}`;
    if (typeof item !== 'object' || !item) return item;
    if (depth === maxJsonDepth || budget <= 0) return '…';
    if (item instanceof Date) return +item;
    const source = (Array.isArray(item) ? item.slice(0, maxTags) : item) as Record<string, unknown>;
    const copy = (Array.isArray(item) ? [] : {}) as Record<string, unknown>;
    for (const key of Object.keys(source).slice(0, maxTags)) {
      if (budget <= 0) break;
      budget -= key.length;
      if (key !== '__proto__') copy[key] = plain(source[key], depth + 1);
    }
    return copy;
  }
}

/**
 * Sets one attribute. A key that is already there is written over, whatever the limit.
 *
 * @returns 1 where a key was added, 0 where one was written over or there was nothing to set, -1 where it was left out and must be
 *   counted: no room, or a value that is not to be kept.
 */
export function putAttribute(attributes: Attributes, key: unknown, value: unknown, hasRoom: boolean, maxBytes: number): -1 | 0 | 1 {
  if (typeof key !== 'string' || !key || value == null) return 0;
  const kept = toAttributeValue(value, maxBytes);
  const name = cutText(key, maxKeyBytes);
  const isNew = !Object.hasOwn(attributes, name);
  if (kept === undefined || name === '__proto__' || (isNew && !hasRoom)) return -1;
  attributes[name] = kept;
  return isNew ? 1 : 0;
}

export interface CopiedAttributes {
  /** Undefined where nothing was kept. */
  readonly attributes: Attributes | undefined;
  readonly dropped: number;
}

/** Copies attributes of any origin under limits. Never throws. */
export function copyAttributes(source: unknown, maxCount: number, maxBytes: number): CopiedAttributes {
  const attributes: Attributes = {};
  let count = 0;
  let dropped = 0;
  forEachAttribute(source, (key, value) => {
    const result = putAttribute(attributes, key, value, count < maxCount, maxBytes);
    if (result < 0) dropped++;
    else count += result;
  });
  return { attributes: count ? attributes : undefined, dropped };
}

/** Walks own keys of whatever an application hands over. A getter that throws hides its own key only. */
export function forEachAttribute(source: unknown, visit: (key: string, value: unknown) => void): void {
  if (typeof source !== 'object' || !source) return;
  for (const key of guard(() => Object.keys(source)) ?? [])
    visit(
      key,
      guard(() => (source as Record<string, unknown>)[key]),
    );
}
