/**
 * Presses as an office makes them: hardly any at night, most about 10 and 15, fewer at lunch, every day alike.
 *
 * The office's clock stands at a given hour when the run begins, whatever the time is: a seed must repeat its presses.
 *
 * A Poisson process whose rate changes: presses are drawn at the highest rate of the day, and each is kept with the
 * probability rate(t) / highest (thinning, Lewis and Shedler 1979).
 */
import { HOUR_MS } from '../../cloud/protocol/hour.ts';
import type { Random } from '../../cloud/protocol/random.ts';
import { poisson } from './poisson.ts';
import type { Press } from './schedule.ts';

const DAY_MS = 24 * HOUR_MS;

/** How busy it is at each full hour, from 00:00; only the proportions matter. Between them it changes evenly. */
const BUSY = [1, 1, 1, 1, 1, 2, 5, 20, 55, 85, 100, 85, 50, 65, 90, 100, 80, 55, 25, 12, 6, 4, 2, 1] as const;
const MEAN = BUSY.reduce<number>((sum, busy) => sum + busy, 0) / BUSY.length;
const HIGHEST = Math.max(...BUSY);

/** `perDay` presses a day on average; `hour` is the office's when the run begins, 0 to 23. */
export function* office(
  perDay: number,
  boards: number,
  random: Random,
  hour: number,
): Generator<Press, void, undefined> {
  const highestRate = ((perDay / DAY_MS) * 1_000 * HIGHEST) / MEAN;
  for (const press of poisson(highestRate, boards, random)) {
    if (random.chance(busyAt(hour * HOUR_MS + press.at) / HIGHEST)) yield press;
  }
}

function busyAt(ms: number): number {
  const hours = (ms % DAY_MS) / HOUR_MS;
  const hour = Math.floor(hours);
  const [before, after] = [BUSY[hour] ?? 0, BUSY[(hour + 1) % BUSY.length] ?? 0];
  return before + (after - before) * (hours - hour);
}
