/**
 * One Connector v2 API: where it is, the key, and how a single call is made.
 *
 *   call ─► fetch (no redirects, limited time) ─► answer (limited size) ─► 429, or 5xx to a GET: once more, a few times
 *
 * What the answers mean is in refusal.ts, callback.ts and subscriptions.ts. The key is in the Authorization header and
 * nowhere else. Source: Connector-mDS-REST-API docs/api-reference.md, "Authentication".
 */
import { type Answer, type Clean, readAnswer } from './answer.ts';
import { withoutSecrets } from './reason.ts';
import { ServiceError } from './service-error.ts';
import { troubleOf } from './trouble.ts';

/** Time for one answer, as the service itself gives a webhook. */
export const ANSWER_MS = 20_000;
/** Times that a call is made again. */
const MOST_REPEATS = 3;
/** A service that wants to be left alone for longer than this is reported instead. */
const LONGEST_PAUSE_MS = 30_000;

export interface ServiceOptions {
  /** http or https; a path before /v2 is kept. */
  readonly host: URL;
  readonly key: string;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Ends a call that is under way. */
  readonly stop: AbortSignal;
  /** Takes out what must not reach a terminal. */
  readonly printable: Clean;
  /** Time for one answer; a call may ask for more. */
  readonly answerMs?: number;
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Without /v2. */
  readonly path: string;
  /** What it is for, as in `registering the webhook`. */
  readonly doing: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Beside the key: what the service may echo and nobody should read. */
  readonly secrets?: readonly string[];
  /** Added to the time for an answer. */
  readonly moreMs?: number;
}

export interface Service {
  /** For people. */
  readonly address: string;
  /** Resolves to whatever it answered. ServiceError if there was no answer. */
  call(call: Call): Promise<Answer>;
}

export function openService(options: ServiceOptions): Service {
  const { host, sleep, stop } = options;
  const base = `${host.origin}${host.pathname.replace(/\/+$/, '')}`;
  return {
    address: base,
    async call(call) {
      for (let repeats = 0; ; repeats++) {
        const answer = await once(call, base, options);
        const pauseMs = repeats < MOST_REPEATS ? pauseBefore(call, answer, repeats) : undefined;
        if (pauseMs === undefined) return answer;
        await sleep(pauseMs, stop);
      }
    },
  };
}

/** How long to wait before the same call may be made again; undefined: it must not be. */
function pauseBefore({ method }: Call, { status, retryAfterMs }: Answer, repeats: number): number | undefined {
  // 429: nothing was done. 5xx: who knows, and only asking again is harmless.
  const safe = status === 429 ? method === 'GET' || retryAfterMs !== undefined : status >= 500 && method === 'GET';
  const pauseMs = retryAfterMs ?? 1000 * 2 ** repeats;
  return safe && pauseMs <= LONGEST_PAUSE_MS ? pauseMs : undefined;
}

async function once(call: Call, base: string, options: ServiceOptions): Promise<Answer> {
  const { key, now, stop, answerMs = ANSWER_MS } = options;
  const limitMs = answerMs + (call.moreMs ?? 0);
  // One signal a call: listeners on the run's own would pile up.
  const limit = new AbortController();
  const giveUp = (): void => limit.abort();
  const timer = setTimeout(giveUp, limitMs);
  stop.addEventListener('abort', giveUp, { once: true });
  if (stop.aborted) giveUp();
  const secrets = [key, ...(call.secrets ?? [])];
  try {
    const response = await options.fetch(`${base}/v2${call.path}`, {
      method: call.method,
      headers: headersOf(call, key),
      body: call.body === undefined ? null : JSON.stringify(call.body),
      // The key would go along.
      redirect: 'manual',
      signal: limit.signal,
    });
    return await readAnswer(response, (text) => options.printable(withoutSecrets(text, secrets)), now());
  } catch (error) {
    if (!limit.signal.aborted) throw new ServiceError(troubleOf(error, base), { cause: error });
    throw new ServiceError(stop.aborted ? stopped(call) : tooSlow(call, base, limitMs), { cause: error });
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', giveUp);
  }
}

function headersOf({ body }: Call, key: string): Record<string, string> {
  return {
    authorization: `Bearer ${key}`,
    accept: 'application/json, text/plain;q=0.9',
    'user-agent': 'mbed-time-series',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
}

function stopped({ doing }: Call) {
  return {
    message: `stopped while ${doing}: whether it was done is not known`,
    fix: 'Run it again.',
    passing: true,
  };
}

function tooSlow({ doing }: Call, base: string, limitMs: number) {
  return {
    message: `${base} did not answer within ${limitMs / 1000} s when ${doing}: whether it was done is not known`,
    fix: 'Run it again; if that stays so, check the network and the service.',
    passing: true,
  };
}
