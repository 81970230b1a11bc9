/** What a board's client holds in RAM: plain fields, so that ten thousand of them are small; all of it is gone at a reset. */
import type { CoapOption } from '../../cloud/protocol/coap/message.ts';
import type { COUNTER_PATH, TIMER_PATH } from '../../cloud/protocol/paths.ts';
import type { ToldValue } from './events.ts';
import type { ResolvedOptions } from './options.ts';
import { bytesOfText } from './text.ts';

export type Phase =
  /** Without power. */
  | 'off'
  | 'connecting'
  /** Connected, whether or not the service took the registration yet. */
  | 'up'
  /** Connected, and stopped in its tracks: an update found no place in the resend queue. The next one is a hard fault. */
  | 'idle'
  /** Connected again with a full resend queue: sends nothing of its own, until the connection ends with room in the queue. */
  | 'stuck'
  /** Between two connections. */
  | 'waiting'
  /** Refused for good. */
  | 'dead'
  | 'crashed';

/** No message ID, no wake: both are compared with what comes. */
export const NONE = -1;

/** A confirmable message that nothing acknowledged yet. */
export interface Pending {
  readonly messageId: number;
  readonly bytes: Uint8Array;
  /** Of a notification. */
  readonly told: ToldValue | undefined;
  resends: number;
  wake: number;
}

export interface Observation {
  readonly token: Uint8Array;
  /** Of the last notification, modulo 2^16. */
  number: number;
}

export interface Client {
  readonly options: ResolvedOptions;
  phase: Phase;
  /** A socket is there, to send on and to read from. */
  connected: boolean;
  /** `_registered` of simpleclient.h: set once, whatever becomes of the link. */
  registered: boolean;
  nextMessageId: number;
  registerId: number;
  updateId: number;
  /** Where the service put the registration, as options of an update. */
  location: readonly CoapOption[];
  /** `lt` of the next registration, seconds; 0 leaves it out. */
  lifetimeS: number;
  /** A new connection begins with an update, not with a registration. */
  updateFirst: boolean;
  /** Errors in a row. */
  retries: number;
  /** The retransmission timer runs. */
  resending: boolean;
  readonly queue: Pending[];
  /** Wakes asked for so far, in any boot: an older one than the one waited for is void. */
  wakes: number;
  retryWake: number;
  registrationWake: number;
  ownUpdateWake: number;
  blinkWake: number;
  /** By path without its first slash. */
  values: Record<ChangingPath, Uint8Array>;
  observations: Record<ObservedPath, Observation | undefined>;
  /** What is left of the pattern that the LED shows; milliseconds. */
  blinkWaits: readonly number[];
  blinkAt: number;
  /** Of the last POST that had one: the late answer's. */
  blinkToken: Uint8Array;
}

const BUTTON = '3200/0/5501' satisfies Unslashed<typeof COUNTER_PATH>;
const TIMER = '3200/0/5502' satisfies Unslashed<typeof TIMER_PATH>;
export const BIG_DATA = '1000/0/1';
export const PATTERN = '3201/0/5853';

export type ObservedPath = typeof BUTTON | typeof TIMER | typeof BIG_DATA;
export type ChangingPath = ObservedPath | typeof PATTERN;

type Unslashed<Path extends string> = Path extends `/${infer Rest}` ? Rest : never;

const ZERO = bytesOfText('0');
/** main.cpp's own: shared by all boards until one is written. */
const FIRST_VALUES = {
  [BUTTON]: ZERO,
  [TIMER]: ZERO,
  [BIG_DATA]: ZERO,
  [PATTERN]: bytesOfText('500:500:500:500:500:500:500'),
};
const NO_OBSERVATIONS = { [BUTTON]: undefined, [TIMER]: undefined, [BIG_DATA]: undefined };
export const NOTHING: Uint8Array = new Uint8Array(0);
const NO_LOCATION: readonly CoapOption[] = [];
const NO_WAITS: readonly number[] = [];

/** A client without power. */
export function clientWithoutPower(options: ResolvedOptions): Client {
  return { options, queue: [], wakes: 0, ...afterReset(options) };
}

/** RAM after a reset: message IDs begin at random, never with 0 (sn_coap_protocol_init). */
export function reset(client: Client, phase: Phase): void {
  client.queue.length = 0;
  Object.assign(client, afterReset(client.options), { phase });
}

function afterReset({ random, lifetimeS }: ResolvedOptions): Omit<Client, 'options' | 'queue' | 'wakes'> {
  return {
    phase: 'off',
    connected: false,
    registered: false,
    nextMessageId: Math.floor(random() * 0x1_0000) || 1,
    registerId: NONE,
    updateId: NONE,
    location: NO_LOCATION,
    lifetimeS,
    updateFirst: false,
    retries: 0,
    resending: false,
    retryWake: NONE,
    registrationWake: NONE,
    ownUpdateWake: NONE,
    blinkWake: NONE,
    values: { ...FIRST_VALUES },
    observations: { ...NO_OBSERVATIONS },
    blinkWaits: NO_WAITS,
    blinkAt: 0,
    blinkToken: NOTHING,
  };
}
