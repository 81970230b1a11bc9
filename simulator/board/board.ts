/**
 * A FRDM-K64F running mbed-os-example-client, as three small behaviours over one state.
 *
 *   event ─► power, button, timer (in this order) ─► actions
 *
 * Behaviours change the state they are handed and return what is to be done. They have no clock and no socket: who holds
 * the board wakes it later (`wake`) and carries what it says (`register`, `update`, `notify`), whatever the link.
 */
import { button } from './button.ts';
import { power } from './power.ts';
import { timer } from './timer.ts';

/** What a board holds in RAM; all of it is gone when the power goes. */
export interface Board {
  powered: boolean;
  /** Set by the first registration of this boot; a lost link does not clear it. */
  registered: boolean;
  /** The button's interrupt was seen and the main loop has not come to it yet. */
  clicked: boolean;
  /** `/3200/0/5501`, `uint16_t`. */
  counter: number;
  /** `/3200/0/5502`, `uint16_t`. */
  ticks: number;
}

/** What a board asks to be told later. A wake of an earlier boot must not reach it: the power was off since. */
export type Wake = 'join' | 'loop' | 'tick';

export type BoardEvent =
  /** `joinAfter`, `tickAfter`: milliseconds until it asks to register, and until its first tick. */
  | { readonly kind: 'power-up'; readonly joinAfter: number; readonly tickAfter: number }
  | { readonly kind: 'power-off' }
  /** The button went down, or bounced. */
  | { readonly kind: 'edge' }
  /** The service answered the registration. */
  | { readonly kind: 'registered' }
  | { readonly kind: Wake };

export type Action =
  /** Send this event back after so many milliseconds. */
  | { readonly do: 'wake'; readonly wake: Wake; readonly after: number }
  | { readonly do: 'register' }
  | { readonly do: 'update' }
  /** A resource has this value now: decimal text. */
  | { readonly do: 'notify'; readonly path: string; readonly value: string }
  /** A press was taken: the counter stands at `value`. */
  | { readonly do: 'press'; readonly value: number }
  /** An edge that the board will never count. */
  | { readonly do: 'ignore' };

export type Behaviour = (board: Board, event: BoardEvent) => readonly Action[];

const BEHAVIOURS: readonly Behaviour[] = [power, button, timer];

/** A board without power. */
export function newBoard(): Board {
  return { powered: false, registered: false, clicked: false, counter: 0, ticks: 0 };
}

/** Lets the board live through one event; returns what it wants done, in order. Changes `board`. */
export function react(board: Board, event: BoardEvent): readonly Action[] {
  return BEHAVIOURS.flatMap((behaviour) => behaviour(board, event));
}
