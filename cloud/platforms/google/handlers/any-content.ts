/**
 * Has the Functions Framework hand over every body as the bytes that were sent, whatever its headers say.
 *
 * The framework parses bodies before any function sees them: it answers 400 to JSON that is none, and 415 to a charset or an
 * encoding that it does not know, which would block the sender's queue for a day; and a body without a content type it does
 * not read at all, which would be lost. So the two headers are replaced when a request's head has arrived, before the
 * framework looks at them, on Node's own channel for that.
 * https://nodejs.org/api/diagnostics_channel.html#http (http.server.request.start)
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';

const CHANNEL = 'http.server.request.start';

/** Of that server, or of all in this process, until what it gives is called. */
export function takeAnyContent(only?: Server): () => void {
  const asBytes = (event: unknown): void => {
    const { request, server } = event as { request: IncomingMessage; server: Server };
    if (only !== undefined && server !== only) return;
    request.headers['content-type'] = 'application/octet-stream';
    delete request.headers['content-encoding'];
  };
  subscribe(CHANNEL, asBytes);
  return () => {
    unsubscribe(CHANNEL, asBytes);
  };
}
