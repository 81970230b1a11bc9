/**
 * Keys of the table. An endpoint's entities are in one partition, so that one transaction can write them; what is ours alone is in
 * partitions that begin with `!`, as no endpoint's does.
 *
 *   PartitionKey   RowKey               holds
 *   node-001       state                the endpoint's state, and its name
 *   node-001       h2026-03-01 12       presses of the hour
 *   node-001       told, t2026-03-01 12 what a sink that adds up was told
 *   !list-7        node-001             that there is such an endpoint
 *   !mark-7        node-001|2026-03-01 12   that the hour may have changed since its sink was told
 *
 * A key holds no / \ # ? and no controls, and 512 characters at most:
 * https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
 */
import { hash } from 'node:crypto';

export const STATE_ROW = 'state';
export const TOLD_ROW = 'told';

/** One partition takes 2,000 entities a second: https://learn.microsoft.com/azure/storage/tables/scalability-targets */
const SPREAD = 16;

/** Partitions of the list of endpoints, and of marks. */
export const LIST_PARTITIONS: readonly string[] = Array.from({ length: SPREAD }, (_, index) => `!list-${index}`);
export const MARK_PARTITIONS: readonly string[] = LIST_PARTITIONS.map((name) => name.replace('list', 'mark'));

/** With an hour beside it, it must fit into a RowKey. */
const MOST_KEY = 480;

/** The key that an endpoint goes by: its name, but for what keys cannot hold; of a name that is too long, its hash. */
export function keyOf(endpoint: string): string {
  const key = endpoint.replaceAll(/[/\\#?%~+']|^!/g, (sign) => `~${sign.charCodeAt(0).toString(16)}`);
  return key.length <= MOST_KEY ? key : `~~${hash('sha256', endpoint, 'hex')}`;
}

/** Of the list, and of marks: which of its partitions an endpoint's is in. */
export function spread(partitions: readonly string[], key: string): string {
  return partitions[Number.parseInt(hash('md5', key, 'hex').slice(0, 2), 16) % partitions.length]!;
}

/** `2026-03-01 12:00:00` as it stands in keys: sorts as it did. */
export function hourRow(hour: string): string {
  return `h${hour.slice(0, 13)}`;
}

export function toldRow(hour: string): string {
  return `t${hour.slice(0, 13)}`;
}

/** The hour of a row that is one. */
export function hourOfRow(row: string): string {
  return `${row.slice(1)}:00:00`;
}

export function markRow(key: string, hour: string): string {
  return `${key}|${hour.slice(0, 13)}`;
}
