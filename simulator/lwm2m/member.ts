/** One board of a fleet that speaks LwM2M: button and timer, client, connection, and what its faults are drawn from. */
import type { Random } from '../../cloud/protocol/random.ts';
import { type Board, newBoard } from '../board/board.ts';
import { newClient } from '../client/client.ts';
import type { ClientTransport } from '../client/events.ts';
import type { Client } from '../client/state.ts';
import type { Faults } from '../faults.ts';
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
  readonly held: (() => void)[];
  /** It registered, in any boot. */
  wasRegistered: boolean;
  isReady: boolean;
  /** The counter's value that the client was not told: it waits for the next. */
  isWithheld: boolean;
  readonly wraps: boolean;
  /** Each fault has its own randomness, so that one's probability does not move the others. Absent: never. */
  readonly coalesces: (() => boolean) | undefined;
  readonly reboots: (() => boolean) | undefined;
  readonly disconnects: (() => boolean) | undefined;
  readonly silences: (() => boolean) | undefined;
  /** For how long. */
  readonly random: Random;
}

export interface MemberOptions {
  readonly endpoint: string;
  readonly domain: string;
  readonly transport: ClientTransport;
  readonly resendQueue: number;
  readonly speed: number;
  readonly faults: Faults;
  readonly random: Random;
  /** What makes this run another one than the last of this seed: its Message IDs must not look as if they went on. */
  readonly run: string;
  readonly serialServer: string | undefined;
}

export function newMember(index: number, options: MemberOptions): Lwm2mMember {
  const { faults, random, run, serialServer, ...client } = options;
  const own = random.fork(`board/${index}/${run}`);
  const fault = (name: 'coalesce' | 'reboot' | 'disconnect' | 'silence' | 'wrap'): (() => boolean) | undefined => {
    const probability = faults[name] ?? 0;
    if (probability === 0) return undefined;
    const drawn = random.fork(`${name}/${index}`);
    return () => drawn.chance(probability);
  };
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
    wasRegistered: false,
    isReady: false,
    isWithheld: false,
    wraps: fault('wrap')?.() ?? false,
    coalesces: fault('coalesce'),
    reboots: fault('reboot'),
    disconnects: fault('disconnect'),
    silences: fault('silence'),
    random: own,
  };
}

/** Whether nothing but its reset will have it tell what it holds. */
export function isStopped({ client: { phase, options } }: Lwm2mMember): boolean {
  // Over a stream a service can see that it is locked up, and free it.
  return phase === 'crashed' || phase === 'dead' || (phase === 'stuck' && options.transport === 'udp');
}
