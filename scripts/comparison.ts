/** A ledger against a store: what is read for it, and how the result is printed by `up` and `verify`. */

import type { HourlyCount, Store } from '../cloud/ingest/store.ts';
import type { Dialect } from '../cloud/protocol/notification/message.ts';
import type { Comparison } from '../simulator/ledger/compare.ts';
import { type NamedBoards, scenarioNames } from '../simulator/scenario/scenario.ts';
import { END_OF_TIME } from './words.ts';

/** Rows of a difference that people are shown; JSON has all. */
const SHOWN_ROWS = 20;

/** Names of a fleet's boards, pressed or not. */
export function boardNames(boards: number, prefix?: string, names: readonly NamedBoards[] = [{ boards }]): Set<string> {
  const nameOf = scenarioNames(names, prefix);
  return new Set(Array.from({ length: boards }, (_, index) => nameOf(index)));
}

/** Every hour that the store holds of these endpoints. */
export async function hoursOf(store: Pick<Store, 'hourly'>, endpoints: ReadonlySet<string>): Promise<HourlyCount[]> {
  const hours: HourlyCount[] = [];
  const ever = { from: new Date(0), to: END_OF_TIME };
  for await (const count of store.hourly(ever)) if (endpoints.has(count.endpoint)) hours.push(count);
  return hours;
}

/** What differs, a line each; nothing if nothing does. */
export function differences({ rows, moved }: Comparison): string {
  const lines = rows.map(({ endpoint, hour, expected, counted, lost, doubled }) => {
    const what = lost > 0 ? `${lost} lost` : `${doubled} doubled`;
    return `  ${endpoint}  ${hour ?? 'all hours'}  pressed ${expected}, counted ${counted}: ${what}`;
  });
  const others = moved.map(({ endpoint, hour, expected, counted }) => {
    return `  ${endpoint}  ${hour}  pressed ${expected}, counted ${counted}: moved (no timestamps, or messages that overtook each other)`;
  });
  return limited(lines) + limited(others);
}

function limited(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN_ROWS);
  if (lines.length > shown.length) shown.push(`  … and ${lines.length - shown.length} more (--json has all)`);
  return shown.map((line) => `${line}\n`).join('');
}

/** `Exact: 2000 pressed, 2000 counted, 0 lost, 0 doubled, 0 died`, and what it means if it is not. */
export function verdict({ pressed, counted, lost, doubled }: Comparison, died: number, dialect: Dialect): string {
  const exact = lost + doubled === 0;
  const head = exact ? 'Exact' : 'NOT exact';
  const line = `${head}: ${pressed} pressed, ${counted} counted, ${lost} lost, ${doubled} doubled, ${died} died\n`;
  if (exact || dialect === 'connector') return line;
  return `${line}The ${dialect} dialect has no boot: the README's table says what nobody can count without it.\n`;
}
