/**
 * Keys of the table. `Endpoint` and `EventHour` are the guide's; what is ours alone lives in partitions that no endpoint
 * can name: an endpoint's name has no control characters (cloud/protocol/notification/fields.ts refuses them).
 *
 *   Endpoint = node-001             EventHour = 2026-03-01 12:00:00   EventCount, on the newest hour EventState
 *   Endpoint = U+001F endpoints/3   EventHour = node-001              First: the hour that its state began in
 */
import { hash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** What the partitions begin with that hold no counts: the stream's filter drops them. */
export const OURS = '\u001f';

/** Partitions of the list: one takes 1,000 new names a second (DynamoDB's limit for a partition key). */
export const LIST_PARTITIONS: readonly string[] = Array.from({ length: 16 }, (_, index) => `${OURS}endpoints/${index}`);

export type Item = Record<string, AttributeValue>;

/** Key of an endpoint's hour (`YYYY-MM-DD HH:00:00`). */
export function hourKey(endpoint: string, hour: string): Item {
  return { Endpoint: { S: endpoint }, EventHour: { S: hour } };
}

/** Key of an endpoint in the list of all. */
export function listKey(endpoint: string): Item {
  const partition = Number.parseInt(hash('md5', endpoint, 'hex').slice(0, 2), 16) % LIST_PARTITIONS.length;
  return { Endpoint: { S: LIST_PARTITIONS[partition]! }, EventHour: { S: endpoint } };
}
