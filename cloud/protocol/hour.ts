/** The hour that counts are kept under: `YYYY-MM-DD HH:00:00`, UTC. Sorts as text the way it sorts in time. */

export const HOUR_MS = 3_600_000;

/** Last millisecond that still has a four-digit year, which the text form needs to sort. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The hour that holds the instant `ms` (milliseconds since 1970, UTC). RangeError outside years 1970 to 9999. */
export function hourOf(ms: number): string {
  if (!(ms >= 0 && ms <= LAST_MS)) throw new RangeError(`${ms} ms is not in the years 1970 to 9999`);
  return `${new Date(ms).toISOString().slice(0, 13).replace('T', ' ')}:00:00`;
}

/** The first millisecond of an hour as `hourOf` writes it; undefined if the text is not one. */
export function startOfHour(hour: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d \d\d:00:00$/.test(hour)) return undefined;
  const ms = Date.parse(`${hour.replace(' ', 'T')}Z`);
  return ms >= 0 && hourOf(ms) === hour ? ms : undefined;
}
