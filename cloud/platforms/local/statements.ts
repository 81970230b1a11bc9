/** Every statement of the local store, prepared once. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

const SQL = {
  states: 'SELECT id, name, state, stale FROM endpoint ORDER BY name',
  statesOf: 'SELECT endpoint.id, name, state, stale FROM json_each(?) JOIN endpoint ON name = value',
  newState: 'INSERT INTO endpoint (name, state, stale) VALUES (?, ?, ?)',
  putState: 'UPDATE endpoint SET state = ?, stale = ? WHERE id = ?',
  staleOfAll: 'SELECT name, stale FROM endpoint WHERE stale > 0 ORDER BY name',
  staleOfOne: 'SELECT name, stale FROM endpoint WHERE name = ? AND stale > 0',
  addHour: `INSERT INTO hourly (endpoint, hour, count, change) VALUES (?, ?, ?, ?)
    ON CONFLICT (endpoint, hour) DO UPDATE SET count = count + excluded.count, change = excluded.change`,
  hours: 'SELECT name, hour, count FROM hourly JOIN endpoint ON id = endpoint',
  hoursOfOne: `SELECT name, hour, count FROM endpoint JOIN hourly ON endpoint = id
    WHERE name = ? AND hour BETWEEN ? AND ? ORDER BY hour`,
  dropHours: 'DELETE FROM hourly WHERE endpoint = ?',
  names: 'SELECT name FROM endpoint WHERE name > ? ORDER BY name LIMIT 1000',
  nextHour: 'SELECT min(hour) AS hour FROM hourly WHERE hour BETWEEN ? AND ?',
  hour: `SELECT name, hour, count FROM hourly INDEXED BY hourly_by_hour JOIN endpoint ON id = endpoint
    WHERE hour = ? ORDER BY name`,
  changed: `SELECT name, hour, count, change FROM hourly INDEXED BY outbox JOIN endpoint ON id = endpoint
    WHERE change > ? ORDER BY change LIMIT ?`,
  tally: 'SELECT value FROM tally WHERE name = ?',
  addTally: 'UPDATE tally SET value = value + ? WHERE name = ?',
  hasAside: 'SELECT 1 FROM aside WHERE key = ?',
  putAside: 'INSERT INTO aside (key, received_at, reason, body) VALUES (?, ?, ?, ?)',
  // What the row and its key's index take on the disk, about: 120 bytes more than their texts.
  asideSize: `SELECT octet_length(body) + octet_length(reason) + 2 * octet_length(key) + 120 AS bytes
    FROM aside WHERE key = ?`,
  dropAside: 'DELETE FROM aside WHERE key = ?',
  nextAside: 'SELECT key, received_at, reason, body FROM aside WHERE key > ? ORDER BY key LIMIT 1',
} as const;

export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

export function statementsOf(db: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
  return Object.fromEntries(entries) as Statements;
}
