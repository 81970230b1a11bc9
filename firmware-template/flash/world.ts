/** What flashing may touch of the world outside: drives, files on them, the clock. Tests hand in their own. */
import type { FoundDrive } from '../drive/find.ts';
import type { DriveFile } from './copy.ts';

export interface FlashWorld {
  /** Every drive that may be a board's. */
  readonly find: () => Promise<readonly FoundDrive[]>;
  /** The drive that is to be at `path` now; undefined: nothing is there. */
  readonly lookAt: (path: string) => Promise<FoundDrive | undefined>;
  /** Text of a small file of the drive at `path`; undefined: it has no such file. Rejects if the drive cannot be read. */
  readonly read: (path: string, name: string) => Promise<string | undefined>;
  /** A new empty file of the drive at `path`, open for writing. */
  readonly create: (path: string, name: string) => Promise<DriveFile>;
  /** Milliseconds; only differences are looked at. */
  readonly now: () => number;
  /** Rejects when `signal` aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ctrl-C. */
  readonly stop: AbortSignal;
  /** Takes out of a stranger's text what must not reach a terminal. */
  readonly printable: (text: string) => string;
  readonly tell: (event: FlashEvent) => void;
}

/** What happens, for whoever watches. */
export type FlashEvent =
  | { readonly kind: 'copying'; readonly written: number; readonly total: number; readonly attempt: number }
  /** All was handed over; the board is to go away now. */
  | { readonly kind: 'copied' }
  /** The drive went away: it is programming. */
  | { readonly kind: 'programming' }
  /** The drive went away before all was copied: its reason is waited for. */
  | { readonly kind: 'cut' }
  /** It will be tried again. */
  | { readonly kind: 'again'; readonly why: string; readonly waitMs: number };

/** Sleeps, or returns at once when stopped; whoever waits looks at `stop` next. */
export async function pause(ms: number, { sleep, stop }: Pick<FlashWorld, 'sleep' | 'stop'>): Promise<void> {
  try {
    await sleep(ms, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}
