/**
 * Cuts text to so many bytes of UTF-8, at a whole character. Text that can't be over the limit is returned as it is,
 * and no more than the limit is ever read or copied.
 */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isPair = code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : isPair ? 4 : 3;
    if (bytes > maxBytes) return text.slice(0, at);
    if (isPair) at++;
  }
  return text;
}
