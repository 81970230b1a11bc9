/** One line of progress on stderr: redrawn each second on a terminal, written every ten seconds elsewhere. */
import type { FleetProgress } from '../simulator/options.ts';
import type { Io } from './cli.ts';

const ELSEWHERE_MS = 10_000;

export interface Progress {
  readonly show: (progress: FleetProgress) => void;
  /** Leaves the terminal's line clean. */
  readonly end: () => void;
}

export function progressOn({ err, errIsTerminal }: Pick<Io, 'err' | 'errIsTerminal'>): Progress {
  let [shown, nextAt] = [false, ELSEWHERE_MS];
  return {
    show(progress) {
      if (errIsTerminal) {
        err(`\r\u001b[K${lineOf(progress)}`);
        shown = true;
      } else if (progress.elapsedMs >= nextAt) {
        err(`${lineOf(progress)}\n`);
        nextAt = progress.elapsedMs + ELSEWHERE_MS;
      }
    },
    end() {
      if (shown) err('\r\u001b[K');
    },
  };
}

function lineOf({ elapsedMs, pressed, queued, batches }: FleetProgress): string {
  return `${Math.round(elapsedMs / 1000)} s: ${pressed} pressed, ${batches} messages acknowledged, ${queued} events waiting`;
}
