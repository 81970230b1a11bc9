/** Who waits for messages: woken when one is there, or one comes back, without asking again and again. */
import type { World } from '../wire.ts';

export class Arrivals {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Wakes everybody who waits on the queue. */
  arrived(queue: string): void {
    for (const wake of this.#waiting.get(queue) ?? []) wake();
  }

  /** Resolves when something arrives, after `ms`, or when the caller goes away. */
  async wait(queue: string, ms: number, sleep: World['sleep'], signal: AbortSignal | undefined): Promise<void> {
    const waiting = this.#waiting.get(queue) ?? new Set();
    this.#waiting.set(queue, waiting);
    const over = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    signal?.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    if (signal?.aborted) resolve();
    // A sleep that was cut short is no failure: whoever cut it has resolved the wait.
    void sleep(ms, over.signal).then(
      () => resolve(),
      () => undefined,
    );
    await promise;
    waiting.delete(resolve);
    over.abort();
  }
}
