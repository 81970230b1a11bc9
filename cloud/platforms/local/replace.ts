/** One endpoint whole, out of the tables and into them: within a transaction of the caller's. */
import type { EndpointState } from '../../ingest/state.ts';
import { stateText } from '../../ingest/state-text.ts';
import type { EndpointCopy, HourlyCount } from '../../ingest/store.ts';
import { HOUR_MS, startOfHour } from '../../protocol/hour.ts';
import { addTo, hourlyCounts, stateOf, tallyOf } from './count.ts';
import type { Row, Statements } from './statements.ts';

/** Later than any hour that is kept. */
const LAST_HOUR = Number.MAX_SAFE_INTEGER;

/** Undefined if there is none of this name. */
export function readEndpoint(sql: Statements, endpoint: string): EndpointCopy | undefined {
  const row = rowOf(sql, endpoint);
  return row === undefined ? undefined : { state: stateOf(row), hours: hoursOf(sql, endpoint) };
}

/** False, having changed nothing, if the state there is not `expected`. */
export function replaceEndpoint(sql: Statements, copy: EndpointCopy, expected: EndpointState | undefined): boolean {
  const { state, hours } = copy;
  const row = rowOf(sql, state.endpoint);
  const there = row === undefined ? undefined : stateText(stateOf(row));
  if (there !== (expected === undefined ? undefined : stateText(expected))) return false;
  const before = hoursOf(sql, state.endpoint);
  const id = row === undefined ? insert(sql, state) : Number(row.id);
  if (row === undefined) addTo(sql, 'endpoints', 1);
  else sql.putState.run(stateText(state, 0), state.stale, id);
  sql.dropHours.run(id);
  let change = tallyOf(sql, 'change');
  // Every hour gets a number of its own: whoever is told of changes is told of these.
  for (const { hour, count } of hours)
    sql.addHour.run(id, (startOfHour(hour) ?? Number.NaN) / HOUR_MS, count, ++change);
  addTo(sql, 'change', hours.length);
  addTo(sql, 'presses', sumOf(hours) - sumOf(before));
  addTo(sql, 'stale', state.stale - (row === undefined ? 0 : Number(row.stale)));
  return true;
}

function rowOf(sql: Statements, endpoint: string): Row | undefined {
  return sql.statesOf.get(JSON.stringify([endpoint]));
}

function hoursOf(sql: Statements, endpoint: string): HourlyCount[] {
  return hourlyCounts(sql.hoursOfOne.all(endpoint, 0, LAST_HOUR));
}

function insert(sql: Statements, state: EndpointState): number {
  return Number(sql.newState.run(state.endpoint, stateText(state, 0), state.stale).lastInsertRowid);
}

function sumOf(hours: readonly HourlyCount[]): number {
  return hours.reduce((sum, { count }) => sum + count, 0);
}
