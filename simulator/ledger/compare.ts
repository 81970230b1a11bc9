/**
 * What was pressed against what a store counted since: `pressed = counted + lost - doubled`, always.
 *
 * Pure. Both sides are of the endpoints the ledger names; others in the store are somebody else's.
 */
import { compareText, type HourCount, Tally } from './tally.ts';

export interface Comparison {
  /** With those that may have been counted, and were. */
  readonly pressed: number;
  /** What the store holds more than before. */
  readonly counted: number;
  readonly lost: number;
  readonly doubled: number;
  /** Presses of those that may have been counted that were: they did not die. */
  readonly survived: number;
  /** Where they differ, in order of hour, then endpoint. */
  readonly rows: readonly ComparisonRow[];
  /** Hours that differ although they do not decide; empty where they do. */
  readonly moved: readonly MovedRow[];
}

export interface ComparisonRow {
  readonly endpoint: string;
  /** null: all hours together. */
  readonly hour: string | null;
  readonly expected: number;
  readonly counted: number;
  readonly lost: number;
  readonly doubled: number;
}

export interface MovedRow {
  readonly endpoint: string;
  readonly hour: string;
  readonly expected: number;
  readonly counted: number;
}

export interface CompareInput {
  /** The ledger's. */
  readonly expected: Iterable<HourCount>;
  /** The store's at the start; null (not known) is taken for nothing. */
  readonly before: Iterable<HourCount> | null;
  /** The store's now. */
  readonly counted: Iterable<HourCount>;
  /** Whether the boards' events had timestamps: else the hour is when they arrived, and totals decide. */
  readonly hoursKnown: boolean;
  /** By endpoint: presses that died, or were counted: nobody else can know. Only where totals decide. */
  readonly maybe?: ReadonlyMap<string, number>;
  /** Further endpoints of the run: boards that were never pressed. */
  readonly endpoints?: Iterable<string>;
}

interface Cell {
  readonly endpoint: string;
  readonly hour: string;
  expected: number;
  counted: number;
}

/** Compares; see Comparison. */
export function compareLedger({
  expected,
  before,
  counted,
  hoursKnown,
  endpoints = [],
  maybe = NOTHING,
}: CompareInput): Comparison {
  const named = new Set(endpoints);
  const cells = new Map<string, Cell>();
  const cell = (endpoint: string, hour: string): Cell => {
    const key = `${hour}\n${endpoint}`;
    const found = cells.get(key) ?? { endpoint, hour, expected: 0, counted: 0 };
    cells.set(key, found);
    return found;
  };
  for (const { endpoint, hour, count } of expected) {
    named.add(endpoint);
    cell(endpoint, hour).expected += count;
  }
  for (const { endpoint, hour, count } of counted) if (named.has(endpoint)) cell(endpoint, hour).counted += count;
  for (const { endpoint, hour, count } of before ?? []) if (named.has(endpoint)) cell(endpoint, hour).counted -= count;

  const byHour = [...cells.values()].sort((a, b) => compareText(a.hour, b.hour) || compareText(a.endpoint, b.endpoint));
  const differing = byHour.filter((one) => one.expected !== one.counted);
  const totals = hoursKnown ? [] : byEndpoint(byHour, maybe);
  const rows = (hoursKnown ? differing : totals).map(toRow).filter(({ lost, doubled }) => lost + doubled > 0);
  const survived = sum(totals, 'survived');
  const uncertain = new Set(totals.filter((one) => one.survived > 0).map(({ endpoint }) => endpoint));
  const moved = hoursKnown ? [] : differing.filter(({ endpoint }) => !uncertain.has(endpoint));
  return {
    pressed: sum(byHour, 'expected') + survived,
    counted: sum(byHour, 'counted'),
    lost: sum(rows, 'lost'),
    doubled: sum(rows, 'doubled'),
    survived,
    rows,
    moved: moved.map(({ endpoint, hour, expected, counted }) => ({ endpoint, hour, expected, counted })),
  };
}

const NOTHING: ReadonlyMap<string, number> = new Map();

interface EndpointCell extends Omit<Cell, 'hour'> {
  readonly hour: null;
  readonly survived: number;
}

function byEndpoint(cells: readonly Cell[], maybe: ReadonlyMap<string, number>): EndpointCell[] {
  const [expected, counted] = [new Tally(), new Tally()];
  for (const one of cells) {
    expected.add(one.endpoint, '', one.expected);
    counted.add(one.endpoint, '', one.counted);
  }
  return expected.counts().map(({ endpoint, count }) => {
    const found = counted.get(endpoint, '');
    const survived = Math.min(Math.max(found - count, 0), maybe.get(endpoint) ?? 0);
    return { endpoint, hour: null, expected: count + survived, counted: found, survived };
  });
}

function toRow({ endpoint, hour, expected, counted }: Cell | EndpointCell): ComparisonRow {
  const missing = expected - counted;
  return { endpoint, hour, expected, counted, lost: Math.max(missing, 0), doubled: Math.max(-missing, 0) };
}

function sum<K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number {
  return items.reduce((total, item) => total + item[key], 0);
}
