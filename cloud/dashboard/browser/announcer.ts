/** Tells screen readers the present hour's presses: when they changed, and not more often than every ten seconds. */
import { setText } from './elements.ts';

const PAUSE_MS = 10_000;

export class Announcer {
  readonly #place: HTMLElement;
  #latest = '';
  #pause: number | undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  say(presses: number): void {
    this.#latest = `${presses.toLocaleString()} ${presses === 1 ? 'press' : 'presses'} this hour`;
    if (this.#pause !== undefined) return;
    setText(this.#place, this.#latest);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      setText(this.#place, this.#latest);
    }, PAUSE_MS);
  }
}
