/**
 * `JSON.stringify` of strings, finite numbers, booleans, null, arrays and plain objects, whatever a page has put on `Object.prototype` or
 * `Array.prototype` as `toJSON` (Prototype.js does). Primitives never ask for it. Members that are undefined are left out.
 */
export function json(value: unknown): string {
  if (!value || typeof value !== 'object' || typeof ([] as { toJSON?: unknown }).toJSON !== 'function') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(json)}]`;
  const members = Object.entries(value as object).filter(([, member]) => member !== undefined);
  return `{${members.map((member) => member.map(json).join(':'))}}`;
}
