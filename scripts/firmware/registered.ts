/**
 * Whether a service has a registration of a board, and waiting until it has one of the firmware that was just flashed.
 *
 * One that was there before proves nothing by being there afterwards. Two things do: that it was seen gone in between,
 * or that it outlived its lifetime, since DAPLink halts the board when it programs it, and a halted board renews nothing.
 * The board asks for 100 s (mbed-os-example-client, main.cpp). Source of the call: Connector-mDS-REST-API,
 * docs/api-reference.md, "Endpoints": the service answers from its own record, without asking the board.
 */
import { notUnderstood, refusal } from '../../cloud/connector/client/refusal.ts';
import type { Call, Service } from '../../cloud/connector/client/service.ts';
import { ServiceError } from '../../cloud/connector/client/service-error.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import { FlashFailure } from '../../firmware-template/flash/failure.ts';

/** After this a registration has been renewed, or made anew, since the board was halted. */
export const OUTLIVED_MS = 150_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;

/** Whether the service has the board now. OutsideError SERVER, in the words of `--wait-registered`, if it does not tell. */
export async function isRegistered(service: Service, endpoint: string): Promise<boolean> {
  const call: Call = {
    method: 'GET',
    path: `/endpoints/${encodeURIComponent(endpoint)}`,
    doing: 'asking for the board',
  };
  try {
    const answer = await service.call(call);
    // A web page is another kind of server, which knows no boards at all.
    if (answer.status === 404 && answer.type !== 'text/html') return false;
    if (answer.status !== 200) throw refusal(service, call, answer);
    if (answer.type === 'text/html') throw notUnderstood(service, call, answer, 'with a web page');
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw inOwnWords(error);
  }
}

/** The client's words name the option of `mts webhook`. */
function inOwnWords({ message, fix, status, passing, cause }: ServiceError): ServiceError {
  const own = (text: string): string => text.replaceAll('--host', '--wait-registered');
  const trouble = { message: own(message), fix: own(fix ?? ''), passing, ...(status === undefined ? {} : { status }) };
  return new ServiceError(trouble, { cause });
}

export interface WaitOptions {
  /** Asks the service. */
  readonly look: () => Promise<boolean>;
  /** It was registered before the board was flashed. */
  readonly before: boolean;
  /** When the board was halted, on the clock of `now`. */
  readonly haltedAt: number;
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly stop: AbortSignal;
  /** A line for people. */
  readonly tell: (line: string) => void;
}

/** Resolves to what proves it. FlashFailure `not-registered` or `stopped`. */
export async function waitRegistered(options: WaitOptions): Promise<string> {
  const { before, haltedAt, timeoutMs, now, stop, tell } = options;
  const begun = now();
  let [gone, pauseMs] = [!before, FIRST_PAUSE_MS];
  let seen: boolean | string | undefined;
  for (;;) {
    const last = seen;
    seen = await lookOnce(options);
    if (typeof seen === 'string' && seen !== last) tell(`${seen}; it is asked again`);
    if (seen === false && !gone) {
      gone = true;
      tell('the registration from before is gone; waiting for a new one');
    }
    if (seen === true && gone) return before ? 'it was gone, and is registered again' : 'it is registered';
    if (seen === true && now() - haltedAt >= OUTLIVED_MS) {
      return `its registration is renewed ${OUTLIVED_MS / 1000} s after it was flashed, which only a running board does`;
    }
    if (stop.aborted) throw stopped();
    if (now() - begun >= timeoutMs) throw notRegistered(seen, timeoutMs);
    await pause(Math.min(pauseMs, begun + timeoutMs - now()), options);
    pauseMs = Math.min(pauseMs * 1.1, LONGEST_PAUSE_MS);
  }
}

/** What the service says, or why it says nothing. */
async function lookOnce({ look, stop }: WaitOptions): Promise<boolean | string> {
  try {
    return await look();
  } catch (error) {
    if (stop.aborted) throw stopped();
    if (!(error instanceof OutsideError)) throw error;
    return error.message;
  }
}

async function pause(ms: number, { sleep, stop }: WaitOptions): Promise<void> {
  try {
    await sleep(ms, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

const WHAT_TO_CHECK =
  'Press RESET, and see with `mts firmware monitor` what the board says. Check its Ethernet cable, and that the server ' +
  'address that was built in leads from its network to the connector. It tries again by itself every 15 to 45 s.';

function notRegistered(seen: boolean | string, timeoutMs: number): FlashFailure {
  const within = `within ${timeoutMs / 1000} s`;
  if (seen !== true) {
    const trouble = typeof seen === 'string' ? `; the last that was seen: ${seen}` : '';
    return new FlashFailure(
      'not-registered',
      `flashed, but the board did not register ${within}${trouble}`,
      WHAT_TO_CHECK,
    );
  }
  return new FlashFailure(
    'not-registered',
    `flashed, but the only registration that was seen ${within} is the one from before: it may be of the old firmware`,
    `Press RESET. Then it is known ${OUTLIVED_MS / 1000} s after flashing: give --register-timeout 3m or more.`,
  );
}

function stopped(): FlashFailure {
  return new FlashFailure(
    'stopped',
    'flashed; stopped while waiting for the board to register',
    'See with `mts firmware monitor` whether it does.',
  );
}
