/** A month of presses in a house with six boards, the same each time: for the picture and to try the page by hand. */
import { HOUR_MS, hourOf } from '../../../cloud/protocol/hour.ts';
import { seededRandom } from '../../../cloud/protocol/random.ts';
import type { MemoryHours } from './memory-hours.ts';

/** Boards and their presses in a busy hour. */
const BOARDS = [
  ['front-door', 64],
  ['reception', 47],
  ['kitchen', 38],
  ['lab-1', 25],
  ['workshop', 17],
  ['lab-2', 9],
] as const;

/** How busy the house is from each hour of the day on, UTC; noon is for eating. */
const DAY = [
  0, 0, 0, 0, 0, 0.01, 0.08, 0.42, 0.86, 1, 0.94, 0.7, 0.52, 0.9, 1, 0.92, 0.78, 0.46, 0.2, 0.1, 0.04, 0.02, 0, 0,
];

/** Fills `hours` with the `days` before `now` (milliseconds since 1970). */
export function fillOffice(hours: MemoryHours, now: number, days: number): void {
  const random = seededRandom('office');
  for (let at = now - days * 24 * HOUR_MS; at <= now; at += HOUR_MS) {
    const date = new Date(at);
    const weekday = date.getUTCDay() % 6 === 0 ? 0.07 : 1;
    const elapsed = at === now ? (now % HOUR_MS) / HOUR_MS : 1;
    for (const [endpoint, busy] of BOARDS) {
      const count = Math.round(busy * DAY[date.getUTCHours()]! * weekday * elapsed * (0.7 + 0.6 * random.next()));
      if (count > 0) hours.set(endpoint, hourOf(at), count);
    }
  }
}
