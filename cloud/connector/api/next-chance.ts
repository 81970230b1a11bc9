/**
 * When a board that could not be asked, or did not answer, is worth another try.
 *
 *   not connected, or in queue mode ─► when it registers or updates     connected ─► then, or after 1, 2, 4 ... 120 s
 *
 * Pelion's documents give the number of tries and when a request expires, and not when it tries (Pelion OpenAPI of 29 April
 * 2020, `/v2/device-requests/{device-id}`): the waits are those it has between deliveries.
 */
import type { BoardChange } from '../boards/boards.ts';
import type { ApiParts } from './parts.ts';

const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1_000, 120_000];
const SPOKE: ReadonlySet<BoardChange['what']> = new Set(['registered', 'updated']);

/** Resolves when it is time, or `signal` is aborted; `failures` are the tries until now. */
export async function nextChance(
  { boards, world }: Pick<ApiParts, 'boards' | 'world'>,
  endpoint: string,
  { failures, signal }: { readonly failures: number; readonly signal: AbortSignal },
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
