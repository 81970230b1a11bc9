/** One line of progress on stderr: redrawn each second on a terminal, written every ten seconds elsewhere. */
import type { FleetProgress } from '../simulator/options.ts';
import type { Io } from './cli.ts';
import { CLEAR } from './redrawn-line.ts';

const ELSEWHERE_MS = 10_000;

export interface Progress {
  readonly show: (progress: FleetProgress) => void;
  /** Leaves the terminal's line clean. */
  readonly end: () => void;
}

export function progressOn({ err, errIsTerminal }: Pick<Io, 'err' | 'errIsTerminal'>): Progress {
  let [shown, nextAt] = [false, ELSEWHERE_MS];
  let last = { elapsedMs: 0, pressed: 0 };
  return {
    show(progress) {
      if (!errIsTerminal && progress.elapsedMs < nextAt) return;
      const line = lineOf(progress, last);
      last = progress;
      if (errIsTerminal) {
        err(`${CLEAR}${line}`);
        shown = true;
      } else {
        err(`${line}\n`);
        nextAt = progress.elapsedMs + ELSEWHERE_MS;
      }
    },
    end() {
      if (shown) err(CLEAR);
    },
  };
}

function lineOf(progress: FleetProgress, last: Pick<FleetProgress, 'elapsedMs' | 'pressed'>): string {
  const { elapsedMs, pressed, queued, batches, ready } = progress;
  const seconds = (elapsedMs - last.elapsedMs) / 1_000;
  const rate = seconds > 0 ? Math.round((pressed - last.pressed) / seconds) : 0;
  const boards = ready === undefined ? '' : `${ready} boards ready, `;
  return `${Math.round(elapsedMs / 1000)} s: ${boards}${pressed} pressed (${rate} a second), ${batches} messages acknowledged, ${queued} events waiting`;
}
