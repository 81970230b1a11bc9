/**
 * What boards said of themselves when they registered, so that rules can be matched against them whenever rules change.
 *
 * One that is gone is remembered for a while: a value of its that is still under way goes to whoever its rules meant.
 */
import type { KnownBoard } from './rule-match.ts';

const MOST_GONE = 10_000;

export class KnownBoards {
  readonly #here = new Map<string, KnownBoard>();
  /** In the order in which they left. */
  readonly #gone = new Map<string, KnownBoard>();

  get(endpoint: string): KnownBoard | undefined {
    return this.#here.get(endpoint) ?? this.#gone.get(endpoint);
  }

  registered(board: KnownBoard): void {
    this.#gone.delete(board.endpoint);
    this.#here.set(board.endpoint, board);
  }

  /** Returns the name of one that is forgotten for it. */
  left(endpoint: string): string | undefined {
    const board = this.#here.get(endpoint);
    if (board === undefined) return undefined;
    this.#here.delete(endpoint);
    this.#gone.set(endpoint, board);
    if (this.#gone.size <= MOST_GONE) return undefined;
    const [oldest] = this.#gone.keys();
    this.#gone.delete(oldest!);
    return oldest;
  }
}
