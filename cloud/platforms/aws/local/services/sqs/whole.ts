/** Whole numbers within bounds, as SQS takes them in requests and in a queue's settings. */
import type { Fields } from '../fields.ts';
import { invalid } from './errors.ts';

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** Seconds that a message can be hidden for: 12 hours. */
export const VISIBILITY: Bounds = { from: 0, to: 43_200 };
/** Seconds before a message can be received. */
export const DELAY: Bounds = { from: 0, to: 900 };
/** Seconds that a receiver waits. */
export const WAIT: Bounds = { from: 0, to: 20 };

export function wholeNumber(fields: Fields, name: string, { from, to }: Bounds): number | undefined {
  const value = fields.number(name);
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return value;
  throw invalid(`Value ${value} for parameter ${name} is not between ${from} and ${to}.`);
}
