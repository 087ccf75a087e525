/** Arguments of one call: an engine's stack holds more, not all of a large value. */
const sliceBytes = 8_192;

/** Bytes as base64 with padding, as Go's JSON has them. RFC 4648 §4. Never throws. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += sliceBytes) binary += String.fromCharCode(...bytes.subarray(at, at + sliceBytes));
  return btoa(binary);
}

/** Whether a text is base64 with padding, as Go reads it. Linear in its length, never throws. */
export function isBase64(text: string): boolean {
  const end = text.search(/[^A-Za-z0-9+/]/);
  return text.length % 4 === 0 && (end < 0 || (end >= text.length - 2 && /^==?$/.test(text.slice(end))));
}

/** Bytes of a text that `isBase64`. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
