/** What people see while a board is flashed, on stderr: a bar on a terminal, a line every ten seconds elsewhere. */
import type { FlashEvent } from '../../firmware-template/flash/world.ts';
import type { Io } from '../cli.ts';
import { CLEAR } from '../redrawn-line.ts';

const ELSEWHERE_MS = 10_000;
const BAR_CHARACTERS = 30;

export interface FlashProgress {
  readonly show: (event: FlashEvent) => void;
  /** Leaves the terminal's line clean. */
  readonly end: () => void;
}

export function flashProgress({ err, errIsTerminal, now }: Pick<Io, 'err' | 'errIsTerminal' | 'now'>): FlashProgress {
  let [isBarShown, toldAt] = [false, now()];
  const end = (): void => {
    if (isBarShown) err(CLEAR);
    isBarShown = false;
  };
  return {
    end,
    show(event) {
      if (event.kind !== 'copying') {
        end();
        err(`${lineOf(event)}\n`);
      } else if (errIsTerminal) {
        err(`${CLEAR}${barOf(event)}`);
        isBarShown = true;
      } else if (now() - toldAt >= ELSEWHERE_MS) {
        err(`${event.written} of ${event.total} bytes copied\n`);
        toldAt = now();
      }
    },
  };
}

type Copying = Extract<FlashEvent, { kind: 'copying' }>;

function barOf({ written, total, attempt }: Copying): string {
  const full = Math.floor((written / total) * BAR_CHARACTERS);
  const bar = `${'#'.repeat(full)}${'.'.repeat(BAR_CHARACTERS - full)}`;
  const times = attempt === 1 ? '' : `, try ${attempt}`;
  return `[${bar}] ${Math.floor((written / total) * 100)} % of ${Math.ceil(total / 1024)} KiB${times}`;
}

function lineOf(event: Exclude<FlashEvent, Copying>): string {
  switch (event.kind) {
    case 'copied':
      return 'copied; the drive of the board is to go away now';
    case 'programming':
      return 'the drive went away: the board is programming';
    case 'cut':
      return 'the drive went away before all was copied; waiting for it to come back and say why';
    case 'again':
      return `${event.why}\nThe board says that this passes: it is tried again in ${event.waitMs / 1000} s.`;
  }
}
