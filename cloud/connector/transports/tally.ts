/** What a transport counts, and its one way to refuse: counted by reason, then told where it is news. */
import { guarded, type Refusal, type TransportCounts, type TransportOptions } from './connection.ts';

export class Tally {
  open = 0;
  opened = 0;
  received = 0;
  sent = 0;
  unsent = 0;
  readonly #refused: Partial<Record<Refusal, number>> = {};
  readonly #options: Pick<TransportOptions, 'onRefused' | 'onProblem'>;

  constructor(options: Pick<TransportOptions, 'onRefused' | 'onProblem'>) {
    this.#options = options;
  }

  count(reason: Refusal): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }

  refuse(reason: Refusal, peer: string, detail: string): void {
    this.count(reason);
    const { onRefused, onProblem } = this.#options;
    guarded(onProblem, () => onRefused(reason, peer, detail));
  }

  /** A copy of the present numbers. */
  counts(halfOpen: number): TransportCounts {
    const { open, opened, received, sent, unsent } = this;
    return { open, halfOpen, opened, received, sent, unsent, refused: { ...this.#refused } };
  }
}
