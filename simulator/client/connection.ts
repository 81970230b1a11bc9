/**
 * The connection and its ways back (mbed-client m2minterfaceimpl.cpp).
 *
 *   connect ─► connected ─► register, or update if it was registered ─► up ─► closed, or an error ─► 15, 30, 45, 15 … s ─┐
 *      ▲                                                                                                               │
 *      └───────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * Kept as they are, because a service has to live with them:
 * - over TCP a registration must be complete 120 s after the connection began. Only a full registration stops that timer:
 *   a reconnection whose update is answered 2.04 is dropped 120 s later, and nothing is sent again until then;
 * - a reconnection with a full resend queue has no room for its update, and sends nothing;
 * - an update without room in the queue stops the client, and the next one is a hard fault.
 */
import type { LinkError, Out } from './events.ts';
import { stopResending } from './outbox.ts';
import { type Outcome, register, startOwnUpdates, update } from './registration.ts';
import { type PrintedError, printError, printStart } from './serial.ts';
import { type Client, NONE, reset } from './state.ts';
import { REGISTRATION_MS, RETRIES_A_ROUND, retryAfterMs } from './timing.ts';
import { wakeAfter } from './wake.ts';

const PRINTED: Readonly<Record<LinkError, PrintedError>> = {
  network: 'NetworkError',
  dns: 'DnsResolvingFailed',
  secure: 'SecureConnectionFailed',
  credentials: 'SecureConnectionFailed',
};

/** After a reset, once the network is there. */
export function start(client: Client, out: Out): void {
  reset(client, 'connecting');
  printStart(client, out);
  connect(client, out);
}

export function retry(client: Client, out: Out): void {
  client.retryWake = NONE;
  connect(client, out);
}

export function connected(client: Client, out: Out): void {
  if (client.phase !== 'connecting') return;
  client.phase = 'up';
  client.connected = true;
  if (!client.updateFirst) {
    registerOnConnection(client, out);
  } else if (!update(client, false, out)) {
    client.phase = 'stuck';
    client.registrationWake = NONE;
  }
}

/** The link said so. */
export function closed(client: Client, error: LinkError, out: Out): void {
  const expected = client.connected || client.phase === 'connecting';
  client.connected = false;
  if (!expected || client.phase === 'dead') return;
  if (error === 'credentials') {
    printError(client, PRINTED[error], out);
    die(client, out);
  } else {
    tryAgain(client, error, out);
  }
}

/** registration_error(): 120 s were not enough for it. */
export function registrationTimedOut(client: Client, out: Out): void {
  client.updateFirst = false;
  act(client, 'try-again', out);
}

/** What an answer, or none, leads to. */
export function act(client: Client, outcome: Outcome, out: Out): void {
  if (outcome === 'fine') return;
  if (outcome === 'give-up') {
    die(client, out);
    return;
  }
  client.connected = false;
  out.push({ do: 'close' });
  tryAgain(client, 'network', out);
}

/** The program's update, of each tick. */
export function updateByProgram(client: Client, out: Out): void {
  if (!client.registered) return;
  if (client.phase === 'idle') {
    // It takes the update's data for those of a registration, whose layout is another.
    client.phase = 'crashed';
    stopTimers(client);
    out.push({ do: 'crashed' });
  } else if (client.phase === 'up' && !update(client, true, out)) {
    stopTimers(client);
    client.phase = 'idle';
    printError(client, 'InvalidParameters', out);
  }
}

/** The client's own update: without room in the queue it is left out. */
export function ownUpdate(client: Client, out: Out): void {
  update(client, false, out);
  startOwnUpdates(client, out);
}

function connect(client: Client, out: Out): void {
  client.phase = 'connecting';
  if (client.options.transport !== 'udp') {
    client.registrationWake = wakeAfter(client, 'registration', REGISTRATION_MS, out);
  }
  out.push({ do: 'connect' });
}

function registerOnConnection(client: Client, out: Out): void {
  if (register(client, out)) return;
  printError(client, 'InvalidParameters', out);
  die(client, out);
}

/** socket_error(): the message queue stays as it is. */
function tryAgain(client: Client, error: LinkError, out: Out): void {
  stopTimers(client);
  client.phase = 'waiting';
  client.registerId = NONE;
  client.updateId = NONE;
  if (client.retries < RETRIES_A_ROUND) {
    client.retries += 1;
  } else {
    client.retries = 1;
    printError(client, PRINTED[error], out);
  }
  client.retryWake = wakeAfter(client, 'retry', retryAfterMs(client.retries), out);
}

function die(client: Client, out: Out): void {
  stopTimers(client);
  client.phase = 'dead';
  out.push({ do: 'dead' });
}

function stopTimers(client: Client): void {
  stopResending(client);
  client.registrationWake = NONE;
  client.ownUpdateWake = NONE;
  client.retryWake = NONE;
}
