/** Live changes applied to the numbers on the page. Pure. */
import type { BoardSeries, LiveCounts, SeriesAnswer } from '../answer.ts';

export interface Changed {
  readonly answer: SeriesAnswer;
  /** A board changed that has no series here: only the server can tell the new numbers. */
  readonly askAgain: boolean;
}

/**
 * The answer after absolute `counts` that were read at `cursor`. Counts the answer already holds, hours out of its
 * range and boards that were not asked for change nothing. Telling the same twice is harmless.
 */
export function applyChanges(answer: SeriesAnswer, counts: LiveCounts, cursor: number): Changed {
  if (cursor <= answer.cursor) return { answer, askAgain: false };
  const total = [...answer.total];
  const series = new Map<string, number[]>();
  for (const board of answer.series) series.set(board.endpoint, [...board.counts]);
  let askAgain = false;
  for (const { endpoint, hour, count } of counts) {
    const at = answer.hours.indexOf(hour);
    if (at < 0) continue;
    const own = series.get(endpoint);
    if (own === undefined) {
      askAgain ||= answer.endpoint === null;
      continue;
    }
    total[at]! += count - own[at]!;
    own[at] = count;
  }
  const changed: BoardSeries[] = [...series].map(([endpoint, own]) => ({ endpoint, counts: own }));
  return { answer: { ...answer, total, series: changed, cursor }, askAgain };
}
