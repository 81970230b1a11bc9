/**
 * What the boards say, and which presses each value carries.
 *
 * A press belongs to the first value of its boot that is told after it. While a value waits to be sent it may be thrown
 * away (a full queue): its presses then move to the next value of the same boot, as they do on a real board.
 */

/** Presses taken together: `n` of them, the last at `at` leaving the counter at `value`. */
export interface Presses {
  /** Milliseconds since the run began. */
  readonly at: number;
  readonly value: number;
  readonly n: number;
}

interface Common {
  /** Counts what the fleet says, from 0. */
  readonly sequence: number;
  readonly board: number;
  /** Milliseconds since the run began. */
  readonly at: number;
  /** When the board's present boot began, milliseconds since the run began. */
  readonly boot: number;
}

export interface OutgoingRegistration extends Common {
  readonly kind: 'registration' | 'update';
}

export interface OutgoingValue extends Common {
  readonly kind: 'value';
  readonly path: string;
  readonly value: string;
  /** Oldest first; empty for the timer. */
  presses: readonly Presses[];
  /** The next value of the same board that has a counter. */
  next: OutgoingValue | undefined;
}

export type Outgoing = OutgoingRegistration | OutgoingValue;

/** All of them as one; `presses` must not be empty. */
export function together(presses: readonly Presses[]): Presses {
  const last = presses.at(-1)!;
  return { at: last.at, value: last.value, n: presses.reduce((sum, { n }) => sum + n, 0) };
}
