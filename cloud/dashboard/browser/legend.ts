/** Which colour is which board, and its presses: in the hour pointed at, or in the whole range. */
import type { SeriesAnswer } from '../answer.ts';
import { RANGE_WORDS } from './choice.ts';
import { make, setText } from './elements.ts';
import { sum } from './figures.ts';
import { layersOf } from './layers.ts';
import type { Times } from './times.ts';

export class Legend {
  readonly #list: HTMLUListElement;
  readonly #readout: HTMLElement;
  readonly #times: Times;
  #names = '';

  constructor(list: HTMLUListElement, readout: HTMLElement, times: Times) {
    this.#list = list;
    this.#readout = readout;
    this.#times = times;
  }

  /** `hour`: index of the hour pointed at, null for the whole range. */
  show(answer: SeriesAnswer, hour: number | null): void {
    const layers = layersOf(answer);
    const names = JSON.stringify(layers.map(({ name }) => name));
    if (names !== this.#names) {
      this.#names = names;
      this.#list.replaceChildren(...layers.map(({ name, colour }) => item(name, colour)));
    }
    layers.forEach(({ counts }, index) => {
      const value = this.#list.children[index]?.querySelector('.value');
      if (value) setText(value, (hour === null ? sum(counts) : (counts[hour] ?? 0)).toLocaleString());
    });
    setText(this.#readout, this.#heading(answer, hour));
  }

  #heading({ range, hours, total }: SeriesAnswer, hour: number | null): string {
    const name = hour === null ? undefined : hours[hour];
    if (hour === null || name === undefined) return `Presses per board, ${RANGE_WORDS[range]}`;
    const count = total[hour] ?? 0;
    const presses = `${count.toLocaleString()} ${count === 1 ? 'press' : 'presses'}`;
    return `${this.#times.hour(name)} (${this.#times.utc(name)} UTC): ${presses}`;
  }
}

function item(name: string, colour: string): HTMLLIElement {
  const row = make('li');
  const swatch = make('span', '', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.background = `var(${colour})`;
  row.append(swatch, make('bdi', name, { class: 'name', title: name }), make('span', '', { class: 'value' }));
  return row;
}
