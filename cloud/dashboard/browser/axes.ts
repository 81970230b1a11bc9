/** The chart's axes: local hours or days below, presses at the left. */
import type { Range } from '../answer.ts';
import type { Times } from './times.ts';
import type uPlot from './uPlot.esm.js';

const HOUR_S = 3_600;
const DAY_S = 86_400;

/** Seconds between marks that may be chosen from, by range. */
const STEPS: Readonly<Record<Range, number[]>> = {
  '24h': [HOUR_S, 2 * HOUR_S, 3 * HOUR_S, 4 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S],
  '7d': [DAY_S, 2 * DAY_S, 3 * DAY_S, 4 * DAY_S],
  '30d': [DAY_S, 2 * DAY_S, 3 * DAY_S, 4 * DAY_S, 7 * DAY_S, 14 * DAY_S],
};

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** `colour` gives the value of a custom property of page.css. */
export function axesOf(range: Range, times: Times, colour: (name: string) => string): uPlot.Axis[] {
  const common = { stroke: colour('--text-soft'), font: FONT };
  const grid = { stroke: colour('--grid'), width: 1 };
  return [
    {
      ...common,
      grid: { show: false },
      ticks: { stroke: colour('--grid'), width: 1, size: 5 },
      incrs: STEPS[range],
      space: range === '24h' ? 52 : 60,
      size: range === '24h' ? 48 : 32,
      gap: 4,
      values: (_chart, splits) => splits.map((seconds) => timeMark(range, times, seconds * 1_000)),
    },
    {
      ...common,
      grid,
      ticks: { show: false },
      border: { show: false },
      space: 44,
      gap: 8,
      incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7],
      size: (_chart, values) => 16 + 7.5 * Math.max(2, ...(values ?? []).map((value) => value.length)),
      values: (_chart, splits) => splits.map((value) => value.toLocaleString()),
    },
  ];
}

/** Top of the scale: some room above the highest bar, and never a scale of nothing. */
export function scaleTop(highest: number | null): number {
  return highest === null || highest < 4 ? 4 : highest * 1.06;
}

/** An hour, with the day below it where the day begins; or only the day, as short as the range allows. */
function timeMark(range: Range, times: Times, ms: number): string {
  if (range === '30d') return times.date(ms);
  if (range === '7d') return times.weekday(ms);
  return times.startsDay(ms) ? `${times.clock(ms)}\n${times.day(ms)}` : times.clock(ms);
}
