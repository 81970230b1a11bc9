/** What a channel remembers of a webhook over restarts. JSON in the connector's file, which is private: it holds headers. */
import type { Webhook } from './webhook.ts';

export interface WebhookRecord extends Webhook {
  /** Milliseconds since 1970: registered; the last error, and what it was; the last success. */
  readonly sinceMs: number;
  readonly lastError?: { readonly atMs: number; readonly text: string };
  readonly lastSuccessMs?: number;
  /** Ever; in a row now; and how long that has been so, without the time that nobody was running. */
  readonly attempts: number;
  readonly failures: number;
  readonly failingMs: number;
}

/** The kind under which ChannelRecords keeps them. */
export const RECORD_KIND = 'webhook';

export function newRecord(webhook: Webhook, sinceMs: number): WebhookRecord {
  return { ...webhook, sinceMs, attempts: 0, failures: 0, failingMs: 0 };
}

export function afterSuccess(record: WebhookRecord, atMs: number): WebhookRecord {
  return { ...record, attempts: record.attempts + 1, failures: 0, failingMs: 0, lastSuccessMs: atMs };
}

export function afterFailure(
  record: WebhookRecord,
  failingMs: number,
  lastError: NonNullable<WebhookRecord['lastError']>,
): WebhookRecord {
  return { ...record, attempts: record.attempts + 1, failures: record.failures + 1, failingMs, lastError };
}

export function writeRecord(record: WebhookRecord): string {
  return JSON.stringify(record);
}

/** What `writeRecord` wrote. */
export function readRecord(text: string): WebhookRecord {
  return JSON.parse(text);
}
