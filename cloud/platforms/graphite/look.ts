/**
 * Looks whether graphite-web shows values: asks for spans of a week at most, in order of time.
 *
 * A series that is not kept in hours is told apart: what it shows now is gone tomorrow, or is another hour's as well.
 */
import type { Asker } from './ask.ts';
import { HOUR_S } from './metric.ts';
import type { Series } from './series.ts';

/** Where a value is looked for. */
export interface Place {
  readonly metric: string;
  /** Seconds since 1970: the start of an hour. */
  readonly at: number;
}

export interface Seen {
  /** By `placeKey`; places without a value are left out. */
  readonly values: ReadonlyMap<string, number>;
  /** Seconds from point to point, by metric, of those that are not kept in hours. */
  readonly oddSteps: ReadonlyMap<string, number>;
}

const LONGEST_SPAN_S = 7 * 24 * HOUR_S;

export function placeKey({ metric, at }: Place): string {
  return `${at} ${metric}`;
}

export class Looker {
  readonly #asker: Asker;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** RenderError. Places are of hours that have begun. */
  async look(places: readonly Place[], signal: AbortSignal): Promise<Seen> {
    const seen = { values: new Map<string, number>(), oddSteps: new Map<string, number>() };
    for (const span of spansOf(places)) {
      const metrics = [...new Set(span.map(({ metric }) => metric))];
      // The hour before as well: two points say how far apart they are.
      const [first, last] = [span[0]!.at, span.at(-1)!.at];
      const series = await this.#asker.ask(metrics, { from: first - HOUR_S - 1, until: last }, signal);
      const byMetric = new Map(series.map((one) => [one.target, one]));
      for (const place of span) note(place, byMetric.get(place.metric), seen);
    }
    return seen;
  }
}

/** Groups within a week each, in order of time. */
function spansOf(places: readonly Place[]): Place[][] {
  const spans: Place[][] = [];
  for (const place of places.toSorted((a, b) => a.at - b.at)) {
    const span = spans.at(-1);
    if (span !== undefined && place.at - span[0]!.at < LONGEST_SPAN_S) span.push(place);
    else spans.push([place]);
  }
  return spans;
}

function note(
  { metric, at }: Place,
  series: Series | undefined,
  seen: { values: Map<string, number>; oddSteps: Map<string, number> },
) {
  if (series === undefined) return;
  const { step, values } = series;
  const value = values.get(at);
  if (step !== undefined && step !== HOUR_S) seen.oddSteps.set(metric, step);
  else if (value !== undefined) seen.values.set(placeKey({ metric, at }), value);
}
