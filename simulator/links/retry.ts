/** How long a link waits before it sends again what was not acknowledged: 1, 2, 4 ... 120 s, as the old service did. */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 120_000;

/** Milliseconds to wait after the attempt with this index, from 0, failed. */
export function retryWaitMs(attempt: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}
