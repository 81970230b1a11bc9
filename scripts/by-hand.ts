/** `mts simulate --by-hand`: one board at the terminal, pressed by key, and what its serial port says. */
import { UsageError } from '../cloud/protocol/errors.ts';
import type { Hand } from '../simulator/lwm2m/options.ts';
import type { Io } from './cli.ts';

const HELP = 'space presses the button, r is RESET, d pulls the cable, q ends\n';

/** UsageError where nobody is at a terminal. */
export function byHand(io: Pick<Io, 'keys' | 'err' | 'stop'>): (hand: Hand) => Promise<void> {
  const { keys } = io;
  if (keys === undefined)
    throw new UsageError('--by-hand needs a terminal', 'Leave it out, or run it where you can type.');
  return async (hand) => {
    io.err(HELP);
    for await (const key of keys()) {
      if (key === 'q' || io.stop.aborted) return;
      if (key === ' ') hand.press();
      else if (key === 'r') hand.reset();
      else if (key === 'd') hand.disconnect();
      else io.err(HELP);
    }
  };
}
