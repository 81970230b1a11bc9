/** The words after the question mark of an address: checked, or refused with UsageError. Pure. */
import { UsageError } from '../protocol/errors.ts';
import { RANGE_HOURS, type Range } from './answer.ts';

/** Longest endpoint name that is looked for; LwM2M names are far shorter. */
const MAX_NAME = 1_024;

/** A word given once. */
export function word(query: unknown, name: string): string | undefined {
  const value = (query as Readonly<Record<string, unknown>>)[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new UsageError(`${name} is given more than once`, 'Give it once.');
  if (value.length > MAX_NAME) {
    throw new UsageError(`${name} has ${value.length} characters`, `Give at most ${MAX_NAME}.`);
  }
  return value;
}

/** Refuses words that nothing reads, so that a misspelt one is not ignored in silence. */
export function onlyWords(query: unknown, known: readonly string[]): void {
  const stranger = Object.keys(query as object).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  throw new UsageError(`there is no "${stranger.slice(0, 40)}" here`, `Use ${known.join(', ')}.`);
}

/** `range`, 24h without it. */
export function rangeWord(query: unknown): Range {
  const value = word(query, 'range') ?? '24h';
  if (Object.hasOwn(RANGE_HOURS, value)) return value as Range;
  throw new UsageError(`range is "${value.slice(0, 40)}"`, `Use one of ${Object.keys(RANGE_HOURS).join(', ')}.`);
}

/** A cursor of the change feed, as a reconnecting browser says it; undefined if it is none. */
export function cursorWord(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,16}$/.test(value)) return undefined;
  const cursor = Number(value);
  return Number.isSafeInteger(cursor) ? cursor : undefined;
}
