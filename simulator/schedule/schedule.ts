/**
 * When which board's button goes down: lazy, in order of time, the same for the same seed.
 *
 *   text ─ parse.ts ─► Schedule ─► presses() ─► { at, board } ...
 */
import type { Random } from '../../cloud/protocol/random.ts';
import { burst } from './burst.ts';
import { office } from './office.ts';
import { poisson } from './poisson.ts';
import { steady } from './steady.ts';

/** One press of the whole fleet's. */
export interface Press {
  /** Milliseconds since the run began; need not be whole. */
  readonly at: number;
  /** Index of the board, from 0. */
  readonly board: number;
}

export type Schedule =
  /** Evenly spaced, `rate` presses a second of the whole fleet. */
  | { readonly kind: 'steady'; readonly rate: number }
  /** At random, `rate` presses a second of the whole fleet on average. */
  | { readonly kind: 'poisson'; readonly rate: number }
  /** `perDay` presses a day on average, most of them in working hours; the run begins at `hour` of the office's day. */
  | { readonly kind: 'office'; readonly perDay: number; readonly hour: number }
  /** `count` presses in the first second of each `periodMs`. */
  | { readonly kind: 'burst'; readonly count: number; readonly periodMs: number };

export interface PressOptions {
  /** How many boards there are, from 1. */
  readonly boards: number;
  readonly random: Random;
  /** Presses at this offset or later are not made, milliseconds. */
  readonly durationMs?: number;
  /** No more presses than this. */
  readonly presses?: number;
}

/**
 * The presses of a schedule; without end if neither `durationMs` nor `presses` is given, else until the first of the two.
 * Returns when that is: `durationMs`, or the moment of the last press.
 */
export function* presses(schedule: Schedule, options: PressOptions): Generator<Press, number, undefined> {
  const { durationMs = Number.POSITIVE_INFINITY, presses: limit = Number.POSITIVE_INFINITY } = options;
  if (limit <= 0) return 0;
  let made = 0;
  for (const press of endless(schedule, options)) {
    if (press.at >= durationMs) break;
    yield press;
    made += 1;
    if (made >= limit) return press.at;
  }
  return durationMs;
}

function endless(schedule: Schedule, { boards, random }: PressOptions): Iterable<Press> {
  switch (schedule.kind) {
    case 'steady':
      return steady(schedule.rate, boards, random);
    case 'poisson':
      return poisson(schedule.rate, boards, random);
    case 'office':
      return office(schedule.perDay, boards, random, schedule.hour);
    case 'burst':
      return burst(schedule.count, schedule.periodMs, boards, random);
  }
}
