/** What boards that speak LwM2M are asked, beside what every fleet is, and what they tell. */
import type { World } from '../../cloud/protocol/coap/world.ts';
import type { Played } from './faulty.ts';
import type { BoardPem } from './tls.ts';
import type { Wire } from './wire.ts';

export interface Lwm2mOptions {
  /** All of a board's timers are divided by it; 1 if it is left out. */
  readonly speed?: number;
  /** Unacknowledged messages that a board keeps: 6 as in our firmware, 2 as ARM's. */
  readonly resendQueue?: number;
  /** `d` of the registration. */
  readonly domain?: string;
  /** TLS: a board's own, by its endpoint name. */
  readonly credentialsOf?: (endpoint: string) => BoardPem;
  /** Boards that may be on their way to their first registration at once. */
  readonly starting?: number;
  /** Whoever calls plays the faults of the delivery. */
  readonly playsDeliveryFaults?: boolean;
  /** What serial ports say. */
  readonly onSerial?: (endpoint: string, text: string) => void;
  /** Instead of real time and sockets. */
  readonly world?: World;
  readonly wire?: Wire;
}

export interface Lwm2mSummary {
  /** Boards that registered at least once; those refused for good; those with a hard fault at the end. */
  readonly registered: number;
  readonly dead: number;
  readonly crashed: number;
  /** Locked up at the end: connected, and silent until their reset. */
  readonly lockedUp: number;
  readonly registrations: number;
  readonly connections: number;
  /** Connections that failed or ended, by what boards call it. */
  readonly errors: Readonly<Record<string, number>>;
  readonly retransmissions: number;
  /** Values that found no room, or no acknowledgement: a later one told as much. */
  readonly droppedValues: number;
  /** Presses of boots that ended, on their way and never acknowledged: nobody can know whether they were counted. */
  readonly maybe: number;
  readonly played: Played & { readonly disconnect: number; readonly silence: number; readonly reboot: number };
  /** Until every board was registered, milliseconds. */
  readonly readyMs: number;
  /** Resident memory that a board took, once all were ready. */
  readonly residentBytes: number;
}
