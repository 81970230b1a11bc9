/**
 * How webhooks are treated, in figures: Pelion Device Management's.
 *
 * Sources: Pelion OpenAPI of 29 April 2020, `/v2/notification/callback`; Pelion Device Management's guide, "Event
 * notification". Device Connector's own: 15 minutes for an event, 7 days for a webhook that cannot be reached
 * (Connector-mDS-REST-API docs/api-reference.md); it told nothing of the others.
 */
export interface WebhookSettings {
  /** For the whole exchange of one attempt. */
  readonly timeoutMs: number;
  /** Events in one message, and bytes of its body; one event is sent whatever its size. */
  readonly mostItems: number;
  readonly mostBytes: number;
  /** After the end of an attempt that failed: the first wait, doubled each time, up to the longest. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A channel is removed that has failed for so long, or had no event for so long. */
  readonly removedAfterFailingMs: number;
  readonly removedAfterIdleMs: number;
  /** Of the URL and its headers together: their values, and their names as well, or not. */
  readonly mostCharacters: number;
  readonly countsHeaderNames: boolean;
  /** Channels there may be, and URLs that are tried out at once. */
  readonly mostChannels: number;
  readonly mostTrials: number;
  /** Refuses URLs that lead to this machine or into a private network. */
  readonly publicOnly: boolean;
}

const HOUR_MS = 3_600_000;

export const DEFAULT_SETTINGS: WebhookSettings = {
  timeoutMs: 20_000,
  mostItems: 10_000,
  mostBytes: 4 * 1024 ** 2,
  firstWaitMs: 1_000,
  longestWaitMs: 120_000,
  removedAfterFailingMs: 24 * HOUR_MS,
  removedAfterIdleMs: 48 * HOUR_MS,
  mostCharacters: 400,
  countsHeaderNames: true,
  mostChannels: 1_000,
  mostTrials: 100,
  publicOnly: false,
};

/** Milliseconds to wait after that many failures in a row, from 1. */
export function waitMs(failures: number, { firstWaitMs, longestWaitMs }: WebhookSettings): number {
  return Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs);
}
