/** What stands above the bars: the figures, the state of the live stream, and what went wrong. */
import type { SeriesAnswer } from '../answer.ts';
import { Announcer } from './announcer.ts';
import { RANGE_WORDS } from './choice.ts';
import { byId, setText } from './elements.ts';
import { figuresOf } from './figures.ts';
import type { StreamState } from './stream.ts';
import type { Times } from './times.ts';

const STATE_WORDS: Readonly<Record<StreamState, string>> = {
  live: 'Live',
  reconnecting: 'Reconnecting',
  lost: 'Connection lost, still trying',
};

export class Headline {
  readonly #times: Times;
  readonly #announcer = new Announcer(byId('summary', HTMLElement));

  constructor(times: Times) {
    this.#times = times;
    setText(byId('zone', HTMLElement), times.zone);
  }

  show(answer: SeriesAnswer): void {
    const { rangeTotal, thisHour, peak } = figuresOf(answer);
    const words = RANGE_WORDS[answer.range];
    setText(byId('range-label', HTMLElement), words[0]!.toUpperCase() + words.slice(1));
    setText(byId('range-total', HTMLElement), rangeTotal.toLocaleString());
    setText(byId('hour-total', HTMLElement), thisHour.toLocaleString());
    setText(byId('peak-total', HTMLElement), peak?.count.toLocaleString() ?? '–');
    setText(byId('peak-when', HTMLElement), peak === undefined ? '' : this.#times.moment(peak.hour));
    byId('empty', HTMLElement).hidden = rangeTotal > 0;
    setText(byId('empty-title', HTMLElement), `No presses in the ${words}`);
    this.#announcer.say(thisHour);
  }

  state(state: StreamState): void {
    const place = byId('status', HTMLElement);
    place.dataset.state = state;
    setText(place, STATE_WORDS[state]);
  }

  /** Undefined: all is well. */
  problem(text: string | undefined): void {
    const place = byId('problem', HTMLElement);
    place.hidden = text === undefined;
    setText(place, text ?? '');
  }
}
