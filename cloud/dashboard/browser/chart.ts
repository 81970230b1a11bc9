/** The bars: one for each hour, stacked by board. Pointing at one says which hour it is. */
import type { Range, SeriesAnswer } from '../answer.ts';
import { axesOf, scaleTop } from './axes.ts';
import { make } from './elements.ts';
import { type Layer, layersOf, stacked } from './layers.ts';
import { startOf, type Times } from './times.ts';
import uPlot from './uPlot.esm.js';

const HOUR_S = 3_600;
/** Part of its hour's width that a bar takes, by range. */
const BAR_WIDTH: Readonly<Record<Range, number>> = { '24h': 0.78, '7d': 0.86, '30d': 1 };

export class Chart {
  readonly #place: HTMLElement;
  readonly #times: Times;
  readonly #onHour: (index: number | null) => void;
  #answer: SeriesAnswer | undefined;
  #plot: uPlot | undefined;
  /** What the present plot was made for: another shape needs a new one. */
  #shape = '';

  /** Draws into `place`; `onHour` is told the index of the hour pointed at, null for none. */
  constructor(place: HTMLElement, times: Times, onHour: (index: number | null) => void) {
    this.#place = place;
    this.#times = times;
    this.#onHour = onHour;
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#build());
  }

  show(answer: SeriesAnswer): void {
    this.#answer = answer;
    const layers = layersOf(answer);
    const shape = JSON.stringify([answer.range, layers.map(({ colour }) => colour)]);
    if (this.#plot === undefined || shape !== this.#shape) {
      this.#shape = shape;
      this.#build();
    } else {
      this.#plot.setData(dataOf(answer, layers));
    }
  }

  #build(): void {
    if (this.#answer === undefined) return;
    this.#plot?.destroy();
    const layers = layersOf(this.#answer);
    this.#plot = new uPlot(this.#options(this.#answer.range, layers), dataOf(this.#answer, layers), this.#place);
  }

  #options(range: Range, layers: readonly Layer[]): uPlot.Options {
    const style = getComputedStyle(this.#place);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const paths = uPlot.paths.bars!({ size: [BAR_WIDTH[range], 64], radius: 0 });
    const bars = layers.map(
      (layer): uPlot.Series => ({ paths, fill: colour(layer.colour), width: 0, points: { show: false } }),
    );
    const mark = make('div', '', { class: 'hour-mark', hidden: '' });
    return {
      ...this.#size(),
      padding: [12, 20, 0, 0],
      legend: { show: false },
      cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
      scales: {
        x: { time: true, range: (_plot, first, last) => [(first ?? 0) - HOUR_S / 2, (last ?? HOUR_S) + HOUR_S / 2] },
        y: { range: (_plot, _least, highest) => [0, scaleTop(highest)] },
      },
      axes: axesOf(range, this.#times, colour),
      // The tallest is drawn first and the lower tops over it.
      series: [{}, ...bars.reverse()],
      hooks: {
        init: [(plot) => void plot.under.append(mark)],
        setCursor: [(plot) => this.#pointAt(plot, mark)],
      },
    };
  }

  #pointAt(plot: uPlot, mark: HTMLElement): void {
    const index = plot.cursor.idx ?? null;
    const middle = index === null ? undefined : plot.data[0][index];
    mark.hidden = middle === undefined;
    if (middle !== undefined) {
      const left = plot.valToPos(middle - HOUR_S / 2, 'x');
      mark.style.left = `${left}px`;
      mark.style.width = `${Math.max(2, plot.valToPos(middle + HOUR_S / 2, 'x') - left)}px`;
    }
    this.#onHour(index);
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(200, this.#place.clientWidth), height: Math.max(160, this.#place.clientHeight) };
  }
}

/** Middles of the hours, seconds since 1970, then the tops of the layers, the tallest first. */
function dataOf({ hours }: SeriesAnswer, layers: readonly Layer[]): uPlot.AlignedData {
  const middles = hours.map((hour) => startOf(hour) / 1_000 + HOUR_S / 2);
  return [middles, ...stacked(layers).reverse()];
}
