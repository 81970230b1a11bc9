/** What is stacked: a layer for each board with a series, and one for all others. Pure. */
import type { SeriesAnswer } from '../answer.ts';

export interface Layer {
  readonly name: string;
  readonly counts: readonly number[];
  /** Custom property of page.css that holds its colour. */
  readonly colour: string;
  /** It is a sum of several boards. */
  readonly several: boolean;
}

/** Bottom of the stack first: the board with most presses. */
export function layersOf({ series, others }: SeriesAnswer): Layer[] {
  const layers: Layer[] = series.map(({ endpoint, counts }, index) => ({
    name: endpoint,
    counts,
    colour: `--board-${index + 1}`,
    several: false,
  }));
  if (others === null) return layers;
  const name = others.boards === 1 ? '1 other board' : `${others.boards.toLocaleString()} other boards`;
  return [...layers, { name, counts: others.counts, colour: '--others', several: true }];
}

/** Heights of the tops of the layers: each with all that lie below it. */
export function stacked(layers: readonly Layer[]): number[][] {
  const tops: number[][] = [];
  for (const { counts } of layers) {
    const below = tops.at(-1);
    tops.push(counts.map((count, index) => count + (below?.[index] ?? 0)));
  }
  return tops;
}
