/**
 * Cuts text to so many bytes of UTF-8, at a whole character. Text that can't be over the limit is returned as it is,
 * and no more than the limit is ever copied.
 */
export function cutText(text: string, maxBytes: number): string {
  const { length } = text;
  // Most text is short or ASCII, and an encoder costs more than looking.
  if (length * 3 <= maxBytes || (length <= maxBytes && /^[ -~]*$/.test(text))) return text;
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(maxBytes)).read);
}
