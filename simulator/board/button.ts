/**
 * SW2: its interrupt only sets a flag, so that presses and bounces before the main loop runs count once. The main loop
 * drops the press if the board never registered in this boot; else it counts, in 16 bits, and notifies.
 */
import { COUNTER_MODULUS, COUNTER_PATH } from '../../cloud/protocol/paths.ts';
import type { Action, Behaviour } from './board.ts';

/** From the interrupt to the main loop handling it. Milliseconds. */
export const LOOP_MS = 10;

const IGNORED: readonly Action[] = [{ do: 'ignore' }];
const WAKE_LOOP: readonly Action[] = [{ do: 'wake', wake: 'loop', after: LOOP_MS }];

export const button: Behaviour = (board, event) => {
  switch (event.kind) {
    case 'edge':
      if (!board.powered || board.clicked) return IGNORED;
      board.clicked = true;
      return WAKE_LOOP;
    case 'loop':
      board.clicked = false;
      if (!board.registered) return IGNORED;
      board.counter = (board.counter + 1) % COUNTER_MODULUS;
      return [
        { do: 'press', value: board.counter },
        { do: 'notify', path: COUNTER_PATH, value: String(board.counter) },
      ];
    default:
      return [];
  }
};
