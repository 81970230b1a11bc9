/** What boards that speak LwM2M are asked, beside what every fleet is, and what they tell. */
import type { World } from '../../cloud/protocol/coap/world.ts';
import type { NamedBoards, Phase } from '../scenario/scenario.ts';
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
  /** How long no other board may get ready until the run goes on without them, or ends if there is none: 20 s. */
  readonly patienceMs?: number;
  /** One after another, instead of the run's own schedule, faults and end. */
  readonly phases?: readonly Phase[];
  /** What boards are called, in their order, where not all names begin the same; in all, as many as the run has. */
  readonly names?: readonly NamedBoards[];
  /** Threads that share the boards; 1 if it is left out. Not with a `world` or `wire` that is handed in. */
  readonly threads?: number;
  /** Whoever calls plays the faults of the delivery. */
  readonly playsDeliveryFaults?: boolean;
  /** Instead of the schedule: somebody has the first board in hand, until this resolves. Not with several threads. */
  readonly byHand?: (hand: Hand) => Promise<void>;
  /** What serial ports say. */
  readonly onSerial?: (endpoint: string, text: string) => void;
  /** Instead of real time and sockets. */
  readonly world?: World;
  readonly wire?: Wire;
}

/** What somebody can do to a board. */
export interface Hand {
  /** SW2. */
  press(): void;
  /** RESET: its power goes, and comes again a second later. */
  reset(): void;
  /** The cable is pulled, and put in again. */
  disconnect(): void;
}

export interface Lwm2mSummary {
  /** Boards that registered at least once. */
  readonly registered: number;
  /** Boards whose button somebody observes at the end. */
  readonly observed: number;
  /** Refused for good; with a hard fault at the end. */
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
