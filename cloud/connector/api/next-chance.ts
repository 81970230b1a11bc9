/**
 * When a board that could not be asked, or did not answer, is worth another try.
 *
 *   not connected, or in queue mode ─► when it registers or updates     connected ─► then, or after 1, 2, 4 ... 120 s
 *
 * Pelion's documents give the number of tries and when a request expires, and not when it tries (Pelion OpenAPI of 29 April
 * 2020, `/v2/device-requests/{device-id}`): the waits are those it has between deliveries. As many wait for a board as may
 * wait for one that is there.
 */
import type { BoardChange } from '../boards/boards.ts';
import { BOARD_SETTINGS } from '../boards/settings.ts';
import type { ApiParts } from './parts.ts';

const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1_000, 120_000];
const SPOKE: ReadonlySet<BoardChange['what']> = new Set(['registered', 'updated']);

interface Chance {
  /** The tries until now. */
  readonly failures: number;
  readonly signal: AbortSignal;
}

export class NextChances {
  readonly #parts: Pick<ApiParts, 'boards' | 'world'>;
  /** By board. */
  readonly #waiting = new Map<string, number>();

  constructor(parts: Pick<ApiParts, 'boards' | 'world'>) {
    this.#parts = parts;
  }

  /** Resolves when it is time, or the signal is aborted; at once to false, if too many wait for the board already. */
  async wait(endpoint: string, chance: Chance): Promise<boolean> {
    const before = this.#waiting.get(endpoint) ?? 0;
    if (before >= BOARD_SETTINGS.mostWaiting) return false;
    this.#waiting.set(endpoint, before + 1);
    await nextChance(this.#parts, endpoint, chance);
    const left = this.#waiting.get(endpoint)! - 1;
    if (left > 0) this.#waiting.set(endpoint, left);
    else this.#waiting.delete(endpoint);
    return true;
  }
}

async function nextChance(
  { boards, world }: Pick<ApiParts, 'boards' | 'world'>,
  endpoint: string,
  { failures, signal }: Chance,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  const board = boards.get(endpoint);
  const listens = board?.peer !== undefined && !board.queueMode;
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
  const timer = listens ? world.after(wait, done) : undefined;
  const stop = boards.onChange((change) => {
    // What it said is answered first.
    if (change.endpoint === endpoint && SPOKE.has(change.what)) world.after(0, done);
  });
  signal.addEventListener('abort', done, { once: true });
  if (signal.aborted) done();
  await promise;
  timer?.cancel();
  stop();
  signal.removeEventListener('abort', done);
}
