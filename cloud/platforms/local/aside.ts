/** Keeping and forgetting what was set aside, within a transaction, under a bound on its bytes. */
import type { AsideItem } from '../../ingest/store.ts';
import { StoreError } from '../../protocol/errors.ts';
import type { Statements } from './statements.ts';

/** Keeps the items it does not have yet. StoreError ASIDE_FULL if they do not fit: the transaction must be undone. */
export function keepAside(sql: Statements, items: readonly AsideItem[], maxBytes: number): void {
  let [added, bytes] = [0, Number(sql.tally.get('aside_bytes')?.value)];
  const before = bytes;
  for (const { key, receivedAt, reason, body } of items) {
    if (sql.hasAside.get(key) !== undefined) continue;
    sql.putAside.run(key, receivedAt, reason, body);
    added += 1;
    bytes += sizeOf(sql, key);
    if (bytes > maxBytes) {
      throw new StoreError(
        'ASIDE_FULL',
        `what is set aside would exceed ${maxBytes} bytes`,
        'Look at it with `mts aside list`, then raise --max-aside.',
      );
    }
  }
  sql.addTally.run(added, 'aside_items');
  sql.addTally.run(bytes - before, 'aside_bytes');
}

export function removeAside(sql: Statements, keys: readonly string[]): void {
  for (const key of keys) {
    const bytes = sizeOf(sql, key);
    if (sql.dropAside.run(key).changes === 0) continue;
    sql.addTally.run(-1, 'aside_items');
    sql.addTally.run(-bytes, 'aside_bytes');
  }
}

function sizeOf(sql: Statements, key: string): number {
  return Number(sql.asideSize.get(key)?.bytes ?? 0);
}
