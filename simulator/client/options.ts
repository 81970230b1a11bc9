/** What a client is made with: who the board is, how it connects, and which of the firmwares it runs. */
import type { ClientTransport } from './events.ts';

export interface ClientOptions {
  /** `ep`: 1 to 64 bytes, no `&` (m2minterfacefactory.cpp, sn_nsdl.c). */
  readonly endpoint: string;
  /** `d`: likewise, or empty. */
  readonly domain: string;
  readonly transport: ClientTransport;
  /** Uniform in [0, 1): the first message ID and the first wait of each retransmission. */
  readonly random: () => number;
  /** Confirmable messages unanswered at once: 2 upstream, 6 in this project's firmware (sn-coap-resending-queue-size-msgs). */
  readonly resendQueue?: number;
  /** `lt` of the registration and of each update that the program asks for, seconds: 60 or more. */
  readonly lifetimeS?: number;
  /**
   * mbed-coap from 4.4.3 on: messages with other options also say Max-Age 0, and a 2.01 without Max-Age leaves no lifetime.
   * Before that they do not, and it is 60 s.
   */
  readonly saysMaxAge?: boolean;
  /** All waits are divided by it. */
  readonly speed?: number;
  /** What the serial port calls the service, as in its `Connecting to …`; without it nothing is printed. */
  readonly serialServer?: string;
}

export type ResolvedOptions = Required<Omit<ClientOptions, 'serialServer'>> & Pick<ClientOptions, 'serialServer'>;

const DEFAULTS = { resendQueue: 2, lifetimeS: 100, saysMaxAge: true, speed: 1 } as const;

const MOST_NAME_BYTES = 64;
const LEAST_LIFETIME_S = 60;
const MOST_LIFETIME_S = 0x7fff_ffff;
/** sn_coap_protocol_set_retransmission_buffer() takes no more (SN_COAP_MAX_ALLOWED_RESENDING_BUFF_SIZE_MSGS). */
const MOST_RESEND_QUEUE = 6;

/** The options with their defaults. RangeError, for the caller's own mistake: what no board could have. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const resolved: ResolvedOptions = { ...DEFAULTS, ...options };
  const { endpoint, domain, resendQueue, lifetimeS, speed } = resolved;
  if (endpoint === '' || !isName(endpoint)) throw new RangeError(`endpoint name ${JSON.stringify(endpoint)}`);
  if (!isName(domain)) throw new RangeError(`domain ${JSON.stringify(domain)}`);
  if (!isWhole(resendQueue, 1, MOST_RESEND_QUEUE)) throw new RangeError(`resend queue of ${resendQueue}`);
  if (!isWhole(lifetimeS, LEAST_LIFETIME_S, MOST_LIFETIME_S)) throw new RangeError(`lifetime of ${lifetimeS} s`);
  if (!(speed > 0 && Number.isFinite(speed))) throw new RangeError(`speed ${speed}`);
  return resolved;
}

function isName(text: string): boolean {
  return new TextEncoder().encode(text).length <= MOST_NAME_BYTES && !text.includes('&');
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
