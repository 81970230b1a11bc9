/** One board of a fleet, and what the fleet knows of it that the board does not. */

import type { Random } from '../../cloud/protocol/random.ts';
import { type Board, newBoard } from '../board/board.ts';
import type { Faults } from '../faults.ts';
import type { OutgoingValue, Presses } from './outgoing.ts';

export interface Member {
  readonly board: Board;
  /** Counts power-ups: a wake of an earlier one is void. */
  life: number;
  /** When the present boot began, milliseconds since the run began. */
  boot: number;
  /** Presses that nothing told yet, oldest first. */
  withheld: Presses[];
  /** A counter value of this boot was told. */
  told: boolean;
  lastTold: OutgoingValue | undefined;
  /** Each fault has its own randomness, so that one's probability does not move the others. Absent: never. */
  readonly coalesces: (() => boolean) | undefined;
  readonly reboots: (() => boolean) | undefined;
  readonly wraps: boolean;
}

/** Presses withheld at most: far below the 2^15 that still tell how far a counter went. */
const MOST_WITHHELD = 100;

/** A value must be told before the counter has gone all the way round. */
const LAST_SILENT_VALUE = 65_500;

export function newMember(index: number, faults: Faults, random: Random): Member {
  const fault = (name: 'coalesce' | 'reboot' | 'wrap'): (() => boolean) | undefined => {
    const probability = faults[name] ?? 0;
    if (probability === 0) return undefined;
    const own = random.fork(`${name}/${index}`);
    return () => own.chance(probability);
  };
  return {
    board: newBoard(),
    life: 0,
    boot: 0,
    withheld: [],
    told: false,
    lastTold: undefined,
    coalesces: fault('coalesce'),
    reboots: fault('reboot'),
    wraps: fault('wrap')?.() ?? false,
  };
}

/** Whether the press just taken waits for the next one's notification. Draws once a press, whatever comes of it. */
export function withholds(member: Member): boolean {
  const drawn = member.coalesces?.() ?? false;
  const tellable = member.told || member.board.counter <= LAST_SILENT_VALUE;
  return drawn && tellable && member.withheld.length < MOST_WITHHELD;
}
