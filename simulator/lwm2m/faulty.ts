/**
 * A bad network between boards and service, for datagrams: both ways, each datagram by itself, from a seed.
 *
 *   loss       it is gone                          reorder  it waits for 20 to 120 ms: later ones overtake it
 *   duplicate  it comes twice, the copy later      delay    it takes 300 ms
 *                                                  jitter   it takes up to 50 ms
 */
import type { World } from '../../cloud/protocol/coap/world.ts';
import type { Random } from '../../cloud/protocol/random.ts';
import type { Faults } from '../faults.ts';
import type { Wire, WireConnection } from './wire.ts';

export const DATAGRAM_FAULTS = ['loss', 'duplicate', 'reorder', 'delay', 'jitter'] as const;
type DatagramFault = (typeof DATAGRAM_FAULTS)[number];

/** Datagrams that met with each. */
export type Played = Record<DatagramFault, number>;

const [REORDER_LEAST_MS, REORDER_MS, DELAY_MS, JITTER_MS, COPY_MS] = [20, 100, 300, 50, 200];

export function hasDatagramFaults(faults: Faults): boolean {
  return DATAGRAM_FAULTS.some((fault) => (faults[fault] ?? 0) > 0);
}

export function nonePlayed(): Played {
  return { loss: 0, duplicate: 0, reorder: 0, delay: 0, jitter: 0 };
}

/** The wire with the faults of the moment; counts what it plays in `played`. */
export function faultyWire(
  wire: Wire,
  faults: () => Faults,
  random: Random,
  world: Pick<World, 'after'>,
  played: Played,
): Wire {
  const happens = (fault: DatagramFault): boolean => {
    if (!random.chance(faults()[fault] ?? 0)) return false;
    played[fault] += 1;
    return true;
  };
  const carry = (arrive: () => void): void => {
    if (happens('loss')) return;
    if (happens('duplicate')) world.after(1 + random.next() * COPY_MS, arrive);
    let takes = 0;
    if (happens('reorder')) takes += REORDER_LEAST_MS + random.next() * REORDER_MS;
    if (happens('delay')) takes += DELAY_MS;
    if (happens('jitter')) takes += random.next() * JITTER_MS;
    if (takes === 0) arrive();
    else world.after(takes, arrive);
  };
  return {
    connect(endpoint, events) {
      let isOpen = true;
      const connection: WireConnection = wire.connect(endpoint, {
        ...events,
        opened: () => events.opened(),
        closed: (error) => events.closed(error),
        message: (bytes) => carry(() => isOpen && events.message(bytes)),
      });
      return {
        // What is on its way still arrives when the board has gone.
        send: (bytes) => carry(() => connection.send(bytes)),
        close: (abruptly) => {
          isOpen = false;
          world.after(LINGER_MS, () => connection.close(abruptly));
        },
      };
    },
    close: () => wire.close(),
  };
}

const LINGER_MS = DELAY_MS + COPY_MS + REORDER_LEAST_MS + REORDER_MS + JITTER_MS;
