/** Chooses all boards or one. With many of them, a field finds those whose name holds a text. */
import type { BoardTotal, EndpointsAnswer } from '../answer.ts';
import { make } from './elements.ts';

/** From this many boards on there is something to search. */
const MANY = 12;
/** Milliseconds after the last key before the server is asked. */
const TYPING_MS = 200;

export interface PickerElements {
  readonly select: HTMLSelectElement;
  readonly match: HTMLInputElement;
  readonly matchField: HTMLElement;
}

export class BoardPicker {
  readonly #elements: PickerElements;
  #typing: number | undefined;

  /** `onMatch` is told that the text to search was changed. */
  constructor(elements: PickerElements, onMatch: () => void) {
    this.#elements = elements;
    elements.match.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(onMatch, TYPING_MS);
    });
  }

  get match(): string {
    return this.#elements.match.value.trim();
  }

  /** Undefined: all boards. */
  get chosen(): string | undefined {
    const { selectedIndex, value } = this.#elements.select;
    return selectedIndex <= 0 ? undefined : value;
  }

  /** Offers the boards of `answer`, and the one that is chosen even if it is not among them. */
  offer({ endpoints, more }: EndpointsAnswer, chosen: string | undefined): void {
    const { select, matchField } = this.#elements;
    if (this.match === '') matchField.hidden = endpoints.length + more < MANY;
    const options = [make('option', 'All boards', { value: '' }), ...endpoints.map(optionOf)];
    let index = endpoints.findIndex(({ endpoint }) => endpoint === chosen) + 1;
    if (chosen !== undefined && index === 0) {
      index = 1;
      options.splice(1, 0, make('option', chosen, { value: chosen }));
    }
    if (more > 0) options.push(make('option', `${more.toLocaleString()} more: use Find`, { disabled: '' }));
    if (!sameOptions(select, options)) select.replaceChildren(...options);
    select.selectedIndex = index;
  }
}

function optionOf({ endpoint }: BoardTotal): HTMLOptionElement {
  return make('option', endpoint, { value: endpoint });
}

/** An open list must not be torn away for nothing. */
function sameOptions(select: HTMLSelectElement, options: readonly HTMLOptionElement[]): boolean {
  const present = [...select.options];
  return present.length === options.length && present.every(({ value }, index) => value === options[index]!.value);
}
