/** Every statement of the local store, prepared once. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

/** Rows read at once: a reader never holds a snapshot while its consumer takes its time. */
const PAGE_ROWS = 5_000;

const SQL = {
  state: 'SELECT endpoint, state, stale FROM endpoint WHERE endpoint = ?',
  states: 'SELECT endpoint, state, stale FROM endpoint ORDER BY endpoint',
  putState: `INSERT INTO endpoint (endpoint, state, stale) VALUES (?, ?, ?)
    ON CONFLICT (endpoint) DO UPDATE SET state = excluded.state, stale = excluded.stale`,
  staleOfAll: 'SELECT endpoint, stale FROM endpoint WHERE stale > 0 ORDER BY endpoint',
  staleOfOne: 'SELECT endpoint, stale FROM endpoint WHERE endpoint = ? AND stale > 0',
  addHour: `INSERT INTO hourly (endpoint, hour, count, change) VALUES (?, ?, ?, ?)
    ON CONFLICT (endpoint, hour) DO UPDATE SET count = count + excluded.count, change = excluded.change`,
  hours: 'SELECT endpoint, hour, count FROM hourly ORDER BY endpoint, hour',
  hoursOfOne: 'SELECT endpoint, hour, count FROM hourly WHERE endpoint = ? AND hour >= ? AND hour <= ? ORDER BY hour',
  hoursOfAll: `SELECT endpoint, hour, count FROM hourly INDEXED BY hourly_by_hour
    WHERE (hour, endpoint) > (?, ?) AND hour <= ? ORDER BY hour, endpoint LIMIT ${PAGE_ROWS}`,
  changed: 'SELECT endpoint, hour, count, change FROM hourly WHERE change > ? ORDER BY change LIMIT ?',
  tally: 'SELECT value FROM tally WHERE name = ?',
  addTally: 'UPDATE tally SET value = value + ? WHERE name = ?',
  hasAside: 'SELECT 1 FROM aside WHERE key = ?',
  putAside: 'INSERT INTO aside (key, received_at, reason, body) VALUES (?, ?, ?, ?)',
  asideSize: 'SELECT length(body) + length(reason) AS bytes FROM aside WHERE key = ?',
  dropAside: 'DELETE FROM aside WHERE key = ?',
  nextAside: 'SELECT key, received_at, reason, body FROM aside WHERE key > ? ORDER BY key LIMIT 1',
} as const;

export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

export function statementsOf(db: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
  return Object.fromEntries(entries) as Statements;
}
