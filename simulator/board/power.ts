/** Power: what RAM holds begins anew, the board joins its network and asks to register. */
import type { Behaviour } from './board.ts';

/** From power-up to the registration being sent: boot, Ethernet, DHCP. Milliseconds. */
export const JOIN_MS = 2_000;

export const power: Behaviour = (board, event) => {
  switch (event.kind) {
    case 'power-up':
      Object.assign(board, { powered: true, registered: false, clicked: false, counter: 0, ticks: 0 });
      return [{ do: 'wake', wake: 'join', after: event.joinAfter }];
    case 'join':
      return [{ do: 'register' }];
    case 'registered':
      board.registered = true;
      return [];
    case 'power-off': {
      // A press that the main loop had not come to is gone with the flag that held it.
      const pending = board.clicked;
      Object.assign(board, { powered: false, registered: false, clicked: false });
      return pending ? [{ do: 'ignore' }] : [];
    }
    default:
      return [];
  }
};
