/**
 * What a service answered, read within bounds: its text is a stranger's, and may be endless.
 *
 * `reason` is for people: the service's own words, without secrets that it echoes, harmless on a terminal, and short.
 */
import { reasonIn } from './reason.ts';

/** More than any answer of the API: 1,024 rules with 256 paths are below 400 KB. */
export const ANSWER_LIMIT = 1024 ** 2;

export interface Answer {
  readonly status: number;
  /** The body, up to the limit. */
  readonly text: string;
  /** There was more than the limit. */
  readonly cut: boolean;
  /** Why, in the service's own words; empty if it gave none. */
  readonly reason: string;
  /** Lower case, without parameters; empty if there was none. */
  readonly type: string;
  /** Where it redirects to, made fit to print. */
  readonly location: string;
  /** How long it asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** Makes text of a stranger fit to print: without our secrets, without control characters. */
export type Clean = (text: string) => string;

/** Reads a response to its end, or to the limit. `now` (milliseconds since 1970) turns a Retry-After date into a wait. */
export async function readAnswer(response: Response, clean: Clean, now: number): Promise<Answer> {
  const { text, cut } = await readText(response);
  const type = (response.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  return {
    status: response.status,
    text,
    cut,
    type,
    reason: reasonIn(text, type, clean),
    location: clean(response.headers.get('location') ?? '').slice(0, 200),
    retryAfterMs: retryAfter(response.headers.get('retry-after'), now),
  };
}

async function readText({ body }: Response): Promise<{ text: string; cut: boolean }> {
  if (body === null) return { text: '', cut: false };
  // Bytes that are no UTF-8 become U+FFFD: whether they make sense is decided by whoever reads the text.
  const utf8 = new TextDecoder();
  const reader = body.getReader();
  let [text, bytes] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + utf8.decode(), cut: false };
    bytes += value.length;
    text += utf8.decode(value, { stream: true });
    if (bytes > ANSWER_LIMIT) {
      await reader.cancel();
      return { text, cut: true };
    }
  }
}

/** Seconds or a date (RFC 9110, section 10.2.3); undefined for anything else. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
