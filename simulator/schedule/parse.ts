/** The words for a schedule: `steady:20`, `poisson:0.5`, `office:4000@8`, `burst:100/60s`. */
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Schedule } from './schedule.ts';

/** Presses a second, or presses in one burst or day, above which the words are taken for a slip. */
const MOST = { rate: 1_000_000, count: 1_000_000, perDay: 10_000_000_000 } as const;

const FIX =
  'Write steady:R or poisson:R (R presses a second), office:N or office:N@HOUR (N a day, beginning at 8 or HOUR), or burst:N/PERIOD like burst:100/60s.';

const UNIT_MS = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Reads a schedule. UsageError, with the ways to write one, for anything else. */
export function parseSchedule(text: string): Schedule {
  const [, kind, rest] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  switch (kind) {
    case 'steady':
    case 'poisson':
      return { kind, rate: number(text, rest, /^\d{1,10}(\.\d{1,10})?$/, MOST.rate) };
    case 'office':
      return officeOf(text, rest);
    case 'burst': {
      const [, count, period] = /^([^/]*)\/(.*)$/s.exec(rest ?? '') ?? [];
      return { kind, count: number(text, count, /^\d{1,10}$/, MOST.count), periodMs: parsePeriod(text, period) };
    }
    default:
      throw new UsageError(`'${text}' is no schedule`, FIX);
  }
}

/** Where the office's day begins unless told: when people come. */
const OFFICE_HOUR = 8;

function officeOf(text: string, rest: string | undefined): Schedule {
  const [, perDay, hour = String(OFFICE_HOUR)] = /^(\d+)(?:@(\d|1\d|2[0-3]))?$/.exec(rest ?? '') ?? [];
  return { kind: 'office', perDay: number(text, perDay, /^\d{1,11}$/, MOST.perDay), hour: Number(hour) };
}

function number(text: string, digits: string | undefined, form: RegExp, most: number): number {
  const value = digits !== undefined && form.test(digits) ? Number(digits) : Number.NaN;
  if (value > 0 && value <= most) return value;
  throw new UsageError(`'${digits ?? ''}' in the schedule '${text}' is no number above 0 and up to ${most}`, FIX);
}

/** At least the second that a burst lasts, at most a day. */
function parsePeriod(text: string, period: string | undefined): number {
  const [, digits, unit] = /^(\d{1,6})([smh])$/.exec(period ?? '') ?? [];
  const ms = Number(digits) * (UNIT_MS.get(unit ?? '') ?? Number.NaN);
  if (ms >= 1_000 && ms <= 86_400_000) return ms;
  throw new UsageError(`'${period ?? ''}' in the schedule '${text}' is no period from 1s to 24h`, FIX);
}
