/** The body of a request, no further than it may go. */
import type { HttpRequest } from '@azure/functions';

/** Undefined, and the rest of it unread, if it is larger than `limit` bytes. Rejects if the sender goes away in the middle of it. */
export async function bodyOf(request: HttpRequest, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += (chunk as Uint8Array).length;
    // Leaving the loop cancels the stream.
    if (length > limit) return undefined;
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks, length);
}
