/** The 15 s ticker: it counts like the button, and each tick also sends a registration update, the only keepalive. */
import { COUNTER_MODULUS, TIMER_PATH } from '../../cloud/protocol/paths.ts';
import type { Action, Behaviour } from './board.ts';

/** Between two ticks. Milliseconds. */
export const TICK_MS = 15_000;

const NEXT_TICK: Action = { do: 'wake', wake: 'tick', after: TICK_MS };

export const timer: Behaviour = (board, event) => {
  switch (event.kind) {
    case 'power-up':
      return [{ do: 'wake', wake: 'tick', after: event.tickAfter }];
    case 'tick':
      if (!board.registered) return [NEXT_TICK];
      board.ticks = (board.ticks + 1) % COUNTER_MODULUS;
      return [NEXT_TICK, { do: 'notify', path: TIMER_PATH, value: String(board.ticks) }, { do: 'update' }];
    default:
      return [];
  }
};
