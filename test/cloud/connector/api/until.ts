/** Waiting for what a test is about, and not for ever: one that fails comes to its end as well. */

export const LONGEST_MS = 60_000;

/** Waits, with the event loop running, until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`it is not so after ${LONGEST_MS} ms: ${isSo}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
