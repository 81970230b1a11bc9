/** One board of a fleet that speaks LwM2M: button and timer, client, and connection. */
import { COUNTER_PATH } from '../../cloud/protocol/paths.ts';
import type { Random } from '../../cloud/protocol/random.ts';
import { type Board, newBoard } from '../board/board.ts';
import { newClient } from '../client/client.ts';
import type { ClientTransport } from '../client/events.ts';
import type { Client } from '../client/state.ts';
import { Pending } from './books.ts';
import type { WireConnection } from './wire.ts';

export interface Lwm2mMember {
  readonly index: number;
  readonly endpoint: string;
  readonly board: Board;
  readonly client: Client;
  readonly pending: Pending;
  /** Counts power-ups: what an earlier one asked for is void. */
  life: number;
  connection: WireConnection | undefined;
  /** Nothing comes or goes before this, milliseconds of the world's clock; and what waits for it, over a stream. */
  silentUntil: number;
  held: (() => void)[];
  /** Message IDs of the counter's values that wait to be acknowledged, and whether they went over the present connection. */
  readonly waiting: Map<number, boolean>;
  /** It registered, in any boot. */
  wasRegistered: boolean;
  /** Its button was observed, in any boot. */
  wasObserved: boolean;
  isReady: boolean;
  /** The counter's value that the client was not told: it waits for the next. */
  isWithheld: boolean;
}

export interface MemberOptions {
  readonly endpoint: string;
  readonly domain: string;
  readonly transport: ClientTransport;
  readonly resendQueue: number;
  readonly speed: number;
  readonly random: Random;
  /** What makes this run another one than the last of this seed: its Message IDs must not look as if they went on. */
  readonly run: string;
  readonly serialServer: string | undefined;
}

export function newMember(index: number, options: MemberOptions): Lwm2mMember {
  const { random, run, serialServer, ...client } = options;
  const own = random.fork(`board/${index}/${run}`);
  return {
    index,
    endpoint: options.endpoint,
    board: newBoard(),
    client: newClient({ ...client, random: () => own.next(), ...(serialServer === undefined ? {} : { serialServer }) }),
    pending: new Pending(),
    life: 0,
    connection: undefined,
    silentUntil: 0,
    held: [],
    waiting: new Map(),
    wasRegistered: false,
    wasObserved: false,
    isReady: false,
    isWithheld: false,
  };
}

/** Whether nothing but its reset will have it tell what it holds. */
export function isStopped({ client: { phase, options } }: Lwm2mMember): boolean {
  // Over a stream a service can see that it is locked up, and free it.
  return phase === 'crashed' || phase === 'dead' || (phase === 'stuck' && options.transport === 'udp');
}

/** Whether all that it holds is told, as far as that will ever be known; or it cannot tell. */
export function hasTold(member: Lwm2mMember): boolean {
  const { pending, board, client } = member;
  if (pending.presses.length === 0 || !board.powered || isStopped(member)) return true;
  // Nobody asks for them; one that asked in an earlier boot will again.
  if (client.phase === 'up' && !member.wasObserved) return true;
  // The answer to a read may be lost: while the value is on its way as a notification, that decides.
  return pending.presses.length <= pending.answered && !client.queue.some(({ told }) => told?.path === COUNTER_PATH);
}

/** Somebody observes its button. */
export function isObserved({ client }: Lwm2mMember): boolean {
  return client.observations['3200/0/5501'] !== undefined;
}
