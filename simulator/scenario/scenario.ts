/**
 * A run in phases: groups of boards, and what is pressed and what goes wrong, one phase after another.
 *
 *   scenario file ─ read.ts ─► Scenario ─► phasePresses(phase) ─► { at, board } …
 */
import type { Random } from '../../cloud/protocol/random.ts';
import type { Faults } from '../faults.ts';
import { endpointName, NAME_PREFIX } from '../fleet/names.ts';
import { type Press, presses, type Schedule } from '../schedule/schedule.ts';
import type { Via } from '../vias.ts';

export interface Scenario {
  readonly seed?: number;
  readonly via?: Via;
  /** All boards' timers are divided by it. */
  readonly speed?: number;
  /** Of the whole fleet: indices 0 up to this. */
  readonly boards: number;
  /** Boards in the order of their indices, by what their names begin with. */
  readonly names: readonly NamedBoards[];
  /** One at least. */
  readonly phases: readonly Phase[];
}

export interface NamedBoards {
  readonly boards: number;
  /** What the run has for all, if it is left out. */
  readonly prefix?: string;
}

export interface Phase {
  readonly name: string;
  readonly durationMs: number;
  /** Nobody presses if it is left out. */
  readonly schedule?: Schedule;
  /** Whose buttons: these boards from an index on, one span after another. */
  readonly pressed: readonly Span[];
  readonly faults: Faults;
}

export interface Span {
  readonly first: number;
  readonly boards: number;
}

/** When which board is pressed in a phase, from its beginning; `number` is the phase's, from 0. */
export function* phasePresses(phase: Phase, number: number, random: Random): Generator<Press, number, undefined> {
  const { schedule, pressed, durationMs } = phase;
  if (schedule === undefined) return durationMs;
  const boards = pressed.reduce((sum, span) => sum + span.boards, 0);
  for (const press of presses(schedule, { boards, durationMs, random: random.fork(`phase/${number}`) })) {
    yield { at: press.at, board: boardAt(pressed, press.board) };
  }
  return durationMs;
}

/** The endpoint names of a scenario's boards: those with the same prefix are counted on, so that no two are alike. */
export function scenarioNames(names: readonly NamedBoards[], ownPrefix = NAME_PREFIX): (board: number) => string {
  const all = names.reduce((sum, { boards }) => sum + boards, 0);
  const used = new Map<string, number>();
  const spans: (Span & { readonly prefix: string; readonly from: number })[] = [];
  let first = 0;
  for (const { boards, prefix = ownPrefix } of names) {
    const from = used.get(prefix) ?? 0;
    spans.push({ first, boards, prefix, from });
    used.set(prefix, from + boards);
    first += boards;
  }
  return (board) => {
    const span = spans.find((one) => board < one.first + one.boards)!;
    return endpointName(span.from + board - span.first, all, span.prefix);
  };
}

function boardAt(spans: readonly Span[], index: number): number {
  let left = index;
  for (const { first, boards } of spans) {
    if (left < boards) return first + left;
    left -= boards;
  }
  throw new RangeError(`board ${index} of a phase`);
}
