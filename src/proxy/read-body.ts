/** Why a body was not read. */
export type BodyError = 'request_too_large' | 'body_timeout' | 'body_aborted' | 'busy';

/**
 * Reads a request's body whole, no more than `maxBytes` and no longer than `timeoutMillis`, whatever `Content-Length` says. Never throws.
 *
 * @param isRoomFor Told of every part that came; where it says no, reading ends with `busy`.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  timeoutMillis: number,
  isRoomFor: (bytes: number) => boolean = () => true,
): Promise<Uint8Array<ArrayBuffer> | BodyError> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return 'request_too_large';
  if (request.body === null) return new Uint8Array(0);
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<'body_timeout'>((resolve) => {
    timer = setTimeout(() => resolve('body_timeout'), timeoutMillis);
  });
  const result = await Promise.race([readAll(reader, maxBytes, isRoomFor), timeout]);
  clearTimeout(timer);
  if (typeof result === 'string') reader.cancel().catch(() => {});
  return result;
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
  isRoomFor: (bytes: number) => boolean,
): Promise<Uint8Array<ArrayBuffer> | BodyError> {
  const parts: Uint8Array[] = [];
  let totalBytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      totalBytes += value.length;
      const isRoom = isRoomFor(value.length);
      if (totalBytes > maxBytes) return 'request_too_large';
      if (!isRoom) return 'busy';
      parts.push(value);
    }
  } catch {
    return 'body_aborted';
  }
  const body = new Uint8Array(totalBytes);
  let offset = 0;
  for (const part of parts) {
    body.set(part, offset);
    offset += part.length;
  }
  return body;
}
