/** Server-sent events as text (WHATWG HTML, section 9.2). Pure. */

/** The first thing on a stream: how long a browser waits before it connects again, milliseconds. */
export function retry(ms: number): string {
  return `retry: ${ms}\n\n`;
}

/** A comment: keeps proxies from closing an idle stream, and tells us of a client that is gone. */
export const HEARTBEAT = ':\n\n';

/** One event with JSON data (which never holds a line break); `id` comes back as Last-Event-ID. */
export function event(id: number, data: unknown, name?: string): string {
  const type = name === undefined ? '' : `event: ${name}\n`;
  return `${type}id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
