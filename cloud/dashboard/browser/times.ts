/** Hours as people read them: in the viewer's own zone, with UTC beside it where it matters. Pure. */

const HOUR_MS = 3_600_000;

/** Begin of an hour of the server's (`YYYY-MM-DD HH:00:00`, UTC), milliseconds since 1970. */
export function startOf(hour: string): number {
  return Date.parse(`${hour.replace(' ', 'T')}Z`);
}

export interface Times {
  /** "Tue 4 Nov, 14:00 – 15:00". */
  hour(hour: string): string;
  /** "14:00", in UTC. */
  utc(hour: string): string;
  /** "Tue 4 Nov 14:00". */
  moment(hour: string): string;
  /** "14:00". */
  clock(ms: number): string;
  /** "Tue 4 Nov". */
  day(ms: number): string;
  /** "Tue 4". */
  weekday(ms: number): string;
  /** "4 Nov". */
  date(ms: number): string;
  /** The first hour of a day in this zone. */
  startsDay(ms: number): boolean;
  /** "Europe/Berlin (UTC+1)". */
  readonly zone: string;
}

/** Without arguments the viewer's language and zone. `now` (milliseconds since 1970) decides on summer time. */
export function timesOf(now: number, locale?: string, timeZone?: string): Times {
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, { ...(timeZone !== undefined && { timeZone }), ...options });
  const clock = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const day = format({ weekday: 'short', day: 'numeric', month: 'short' });
  const weekday = format({ weekday: 'short', day: 'numeric' });
  const date = format({ day: 'numeric', month: 'short' });
  const offset = format({ timeZoneName: 'shortOffset' }).formatToParts(now);
  const offsetName = offset.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
  const utcOffset = offsetName.replace('GMT', 'UTC').replace(/[+-]0$/, '');
  const zone = clock.resolvedOptions().timeZone;
  return {
    hour: (hour) => {
      const from = startOf(hour);
      return `${day.format(from)}, ${clock.format(from)} – ${clock.format(from + HOUR_MS)}`;
    },
    utc: (hour) => hour.slice(11, 16),
    moment: (hour) => `${day.format(startOf(hour))} ${clock.format(startOf(hour))}`,
    clock: (ms) => clock.format(ms),
    day: (ms) => day.format(ms),
    weekday: (ms) => weekday.format(ms),
    date: (ms) => date.format(ms),
    startsDay: (ms) => day.format(ms) !== day.format(ms - HOUR_MS),
    zone: zone === utcOffset ? zone : `${zone} (${utcOffset})`,
  };
}
