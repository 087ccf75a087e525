/** Whether a text is an origin as browsers write it, e.g. `https://shop.example`: without path, without wildcard. Never throws. */
export function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\/[\w.:[\]-]+$/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}
