/** Counting a batch, within a transaction: states and hours as they were, folded, and as they are. */
import type { EndpointEvents } from '../../ingest/events.ts';
import { fold } from '../../ingest/fold.ts';
import { type EndpointState, newState } from '../../ingest/state.ts';
import { stateFrom, stateText } from '../../ingest/state-text.ts';
import type { Applied, HourlyCount } from '../../ingest/store.ts';
import { HOUR_MS, hourOf, startOfHour } from '../../protocol/hour.ts';
import type { HeldStates } from './held-states.ts';
import type { TallyName } from './schema.ts';
import type { Row, Statements } from './statements.ts';

/** One endpoint's row while a batch is folded into it. */
interface Counted {
  /** 0: not in the table yet. */
  readonly id: number;
  state: EndpointState;
  /** Presses to add, by hours since 1970. */
  readonly hours: Map<number, number>;
}

/** Applies the batch. The caller's transaction makes it happen whole or not at all. */
export function countBatch(sql: Statements, batch: readonly EndpointEvents[], held: HeldStates): Applied {
  held.refresh();
  const counted = known(sql, batch, held);
  let [presses, stale] = [0, 0];
  for (const events of batch) {
    const row = rowOf(counted, events.endpoint);
    const change = fold(row.state, events);
    row.state = change.state;
    for (const [hour, added] of change.hours) row.hours.set(hour, (row.hours.get(hour) ?? 0) + added);
    presses += change.presses;
    stale += change.stale;
  }
  write(sql, counted.values(), held);
  addTo(sql, 'presses', presses);
  addTo(sql, 'stale', stale);
  return { presses, stale };
}

/** Writes states and hours into tables that have none of these endpoints. */
export function fillEmpty(sql: Statements, states: readonly EndpointState[], hours: readonly HourlyCount[]): void {
  const counted = new Map<string, Counted>();
  for (const state of states) counted.set(state.endpoint, { id: 0, state, hours: new Map() });
  let presses = 0;
  for (const { endpoint, hour, count } of hours) {
    rowOf(counted, endpoint).hours.set((startOfHour(hour) ?? Number.NaN) / HOUR_MS, count);
    presses += count;
  }
  write(sql, counted.values());
  addTo(sql, 'presses', presses);
  addTo(
    sql,
    'stale',
    states.reduce((sum, { stale }) => sum + stale, 0),
  );
}

/** The state in a row of `endpoint`. */
export function stateOf({ name, state, stale }: Row): EndpointState {
  return { ...stateFrom(String(name), String(state)), stale: Number(stale) };
}

export function tallyOf(sql: Statements, name: TallyName): number {
  return Number(sql.tally.get(name)?.value);
}

/** Rows of one query as counts. Their hours mostly repeat, and writing one as text costs more than the rest. */
export function hourlyCounts(rows: readonly Row[]): HourlyCount[] {
  let [written, text] = [Number.NaN, ''];
  return rows.map(({ name, hour, count }) => {
    if (hour !== written) [written, text] = [Number(hour), hourOf(Number(hour) * HOUR_MS)];
    return { endpoint: String(name), hour: text, count: Number(count) };
  });
}

/** The rows that are there: those held, and the rest read in one go. */
function known(sql: Statements, batch: readonly EndpointEvents[], held: HeldStates): Map<string, Counted> {
  const counted = new Map<string, Counted>();
  const unread: string[] = [];
  for (const { endpoint } of batch) {
    const one = held.get(endpoint);
    if (one === undefined) unread.push(endpoint);
    else counted.set(endpoint, { id: one.id, state: one.state, hours: new Map() });
  }
  if (unread.length === 0) return counted;
  for (const row of sql.statesOf.all(JSON.stringify(unread))) {
    const state = stateOf(row);
    counted.set(state.endpoint, { id: Number(row.id), state, hours: new Map() });
  }
  return counted;
}

function rowOf(counted: Map<string, Counted>, endpoint: string): Counted {
  let row = counted.get(endpoint);
  if (row === undefined) {
    row = { id: 0, state: newState(endpoint), hours: new Map() };
    counted.set(endpoint, row);
  }
  return row;
}

function write(sql: Statements, counted: Iterable<Counted>, held?: HeldStates): void {
  const before = tallyOf(sql, 'change');
  let [change, endpoints] = [before, 0];
  for (const { id, state, hours } of counted) {
    const endpoint = id === 0 ? insert(sql, state) : id;
    if (id === 0) endpoints += 1;
    else sql.putState.run(stateText(state, 0), state.stale, id);
    held?.set(state.endpoint, { id: endpoint, state });
    for (const [hour, added] of hours) sql.addHour.run(endpoint, hour, added, ++change);
  }
  addTo(sql, 'endpoints', endpoints);
  addTo(sql, 'change', change - before);
}

function insert(sql: Statements, state: EndpointState): number {
  return Number(sql.newState.run(state.endpoint, stateText(state, 0), state.stale).lastInsertRowid);
}

/** Adds to a running number. */
export function addTo(sql: Statements, name: TallyName, added: number): void {
  if (added !== 0) sql.addTally.run(added, name);
}
