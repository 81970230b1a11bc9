/** The numbers behind the bars as a table: newest hour first. It is only filled while it is open. */
import type { SeriesAnswer } from '../answer.ts';
import { RANGE_WORDS } from './choice.ts';
import { make, setText } from './elements.ts';
import { layersOf } from './layers.ts';
import type { Times } from './times.ts';

/** Column of the total, after the hour in two zones. */
const FIRST_COUNT = 2;

export class NumbersTable {
  readonly #details: HTMLDetailsElement;
  readonly #table: HTMLTableElement;
  readonly #times: Times;
  #answer: SeriesAnswer | undefined;
  /** Rows and columns that stand there now. */
  #shape = '';

  constructor(details: HTMLDetailsElement, table: HTMLTableElement, times: Times) {
    this.#details = details;
    this.#table = table;
    this.#times = times;
    details.addEventListener('toggle', () => this.#fill());
  }

  show(answer: SeriesAnswer): void {
    this.#answer = answer;
    this.#fill();
  }

  #fill(): void {
    const answer = this.#answer;
    if (answer === undefined || !this.#details.open) return;
    const layers = layersOf(answer);
    const shape = JSON.stringify([answer.hours, layers.map(({ name }) => name)]);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#build(
        answer,
        layers.map(({ name }) => name),
      );
    }
    const columns = [answer.total, ...layers.map(({ counts }) => counts)];
    const rows = this.#table.tBodies[0]!.rows;
    answer.hours.forEach((_, hour) => {
      const cells = rows[answer.hours.length - 1 - hour]!.cells;
      for (const [column, counts] of columns.entries()) {
        setText(cells[column + FIRST_COUNT]!, (counts[hour] ?? 0).toLocaleString());
      }
    });
  }

  #build({ range, hours }: SeriesAnswer, names: readonly string[]): void {
    const caption = `Presses per hour, ${RANGE_WORDS[range]}, newest first. Times in ${this.#times.zone}.`;
    this.#table.createCaption().textContent = caption;
    const head = make('tr');
    const titles = ['Hour', 'UTC', 'Total', ...names];
    head.append(...titles.map((title) => make('th', title, { scope: 'col', dir: 'auto' })));
    this.#table.createTHead().replaceChildren(head);
    const rows = hours.toReversed().map((hour) => {
      const row = make('tr');
      row.append(make('th', this.#times.moment(hour), { scope: 'row' }), make('td', this.#times.utc(hour)));
      row.append(...['', ...names].map(() => make('td')));
      return row;
    });
    this.#table.tBodies[0]!.replaceChildren(...rows);
  }
}
