/** Words of the command line: those that mean numbers, durations, sizes, instants. Each says what was wrong and how to write it. */
import { UsageError } from '../cloud/protocol/errors.ts';

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Milliseconds of `10s`, `5m`, `2h`, `1.5d`, `250ms`. More than none, at most 10 years. */
export function duration(option: string, text: string): number {
  const ms = measure(text, DURATION_UNITS);
  if (ms === undefined || ms < 1 || ms > 3650 * 86_400_000) {
    throw new UsageError(`${option} is ${text}, which is no duration`, 'Write it like 10s, 5m, 2h or 7d.');
  }
  return Math.round(ms);
}

/** Bytes of `500MiB`, `1GiB`, `4096B`. */
export function size(option: string, text: string): number {
  const bytes = measure(text, SIZE_UNITS);
  if (bytes === undefined) {
    throw new UsageError(`${option} is ${text}, which is no size`, 'Write it like 100MiB or 1GiB.');
  }
  return Math.round(bytes);
}

function measure(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit];
  return factor === undefined ? undefined : Number(digits) * factor;
}

/** A whole number within bounds. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageError(`${option} is ${text}`, `Give a whole number from ${least} to ${most}.`);
  }
  return value;
}

/** A number above 0, fractions allowed. */
export function positiveNumber(option: string, text: string, most: number): number {
  const value = /^\d{1,16}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= most))
    throw new UsageError(`${option} is ${text}`, `Give a number above 0, up to ${most}.`);
  return value;
}

/** One of a few words. */
export function choice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const chosen = choices.find((one) => one === text);
  if (chosen === undefined) throw new UsageError(`${option} is ${text}`, `Give one of: ${choices.join(', ')}.`);
  return chosen;
}

/**
 * An instant: an ISO date or date and time (UTC unless it has an offset), an hour as reports print it, `now`, or how
 * long ago (`24h`, `7d`).
 */
export function instant(option: string, text: string, now: number): Date {
  if (text === 'now') return new Date(now);
  const ago = measure(text, DURATION_UNITS);
  const iso = /^\d{4}-\d\d-\d\d(?:[T ]\d\d(?::\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  let ms = Number.NaN;
  if (ago !== undefined) ms = now - ago;
  else if (iso !== null) ms = parseUtc(text, iso[1] !== undefined);
  if (!(ms >= 0 && ms < Date.UTC(10_000, 0))) {
    throw new UsageError(
      `${option} is ${text}, which is no time`,
      'Write it like 2026-03-01, 2026-03-01T15:00Z, 24h (ago) or now.',
    );
  }
  return new Date(ms);
}

/** UsageError for a time that ends before it begins. */
export function inOrder(from: Date, to: Date): void {
  if (from > to) {
    const [begins, ends] = [from.toISOString(), to.toISOString()];
    throw new UsageError(`--from is ${begins}, after --to, ${ends}`, 'Give the earlier one to --from.');
  }
}

/** After every hour that a store can hold. */
export const END_OF_TIME = new Date(Date.UTC(9999, 11, 31));

function parseUtc(text: string, hasOffset: boolean): number {
  const iso = text.replace(' ', 'T');
  const withMinutes = /T\d\d(?=$|Z|[+-])/.test(iso) ? iso.replace(/(T\d\d)/, '$1:00') : iso;
  return Date.parse(hasOffset || !withMinutes.includes('T') ? withMinutes : `${withMinutes}Z`);
}

/** The name that yargs gives an option beside its own. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
}
