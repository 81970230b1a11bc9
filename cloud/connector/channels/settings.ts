/**
 * How channels are treated, in figures: Pelion Device Management's, and where Device Connector's are known, its own.
 *
 * Sources: Pelion OpenAPI of 29 April 2020, `/v2/notification/*`; Connector-mDS-REST-API docs/api-reference.md and
 * docs/index.md. What neither tells is ours: it says so.
 */
import { DEFAULT_LIMITS, type QueueLimits } from '../events/limits.ts';
import { DEFAULT_SETTINGS as WEBHOOK_SETTINGS, type WebhookSettings } from './webhook/settings.ts';

export interface PollSettings {
  /** How long a GET is held open where it does not say. Device Connector's; Pelion does not tell. */
  readonly waitMs: number;
  /** Events in one answer, and bytes of its body; one event is sent whatever its size. */
  readonly mostItems: number;
  readonly mostBytes: number;
  /** A channel is removed, with what is queued, that nobody has asked for so long. */
  readonly removedAfterIdleMs: number;
  /** A second GET is refused (Pelion), or ends the first one. */
  readonly isExclusive: boolean;
  /** How long a GET is refused after a DELETE. */
  readonly deletedMs: number;
  /** How long an answer may take to be handed over. Ours. */
  readonly answerMs: number;
}

export interface WebsocketSettings {
  /** Events in one frame, and bytes of it; one event is sent whatever its size. */
  readonly mostItems: number;
  readonly mostBytes: number;
  /** A channel is removed, with what is queued, that had no open socket for so long. */
  readonly removedAfterIdleMs: number;
  /** How long a frame, or a ping, may take until its pong is there; how often a quiet socket is pinged. Ours. */
  readonly answerMs: number;
  readonly pingMs: number;
  /** How long a closing handshake may take. Ours. */
  readonly closeMs: number;
}

export interface ChannelSettings {
  readonly webhook: WebhookSettings;
  readonly poll: PollSettings;
  readonly websocket: WebsocketSettings;
  /** For openEvents. */
  readonly queue: QueueLimits;
}

const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];

const MESSAGE = { mostItems: 10_000, mostBytes: 4 * 1024 ** 2 };

const PELION: ChannelSettings = {
  webhook: WEBHOOK_SETTINGS,
  poll: {
    ...MESSAGE,
    waitMs: 30_000,
    removedAfterIdleMs: 10 * MINUTE_MS,
    isExclusive: true,
    deletedMs: 2 * MINUTE_MS,
    answerMs: 60_000,
  },
  websocket: {
    ...MESSAGE,
    removedAfterIdleMs: 24 * HOUR_MS,
    answerMs: 60_000,
    pingMs: 30_000,
    closeMs: 2_000,
  },
  queue: DEFAULT_LIMITS,
};

/**
 * An event lives for 15 minutes; a webhook for ever, or 7 days if it cannot be reached, and its headers' names do not count;
 * a poll had no DELETE.
 */
const MDC: ChannelSettings = {
  webhook: {
    ...PELION.webhook,
    removedAfterFailingMs: 7 * 24 * HOUR_MS,
    removedAfterIdleMs: Number.POSITIVE_INFINITY,
    countsHeaderNames: false,
  },
  poll: { ...PELION.poll, removedAfterIdleMs: 15 * MINUTE_MS, isExclusive: false, deletedMs: 0 },
  websocket: PELION.websocket,
  queue: { ...DEFAULT_LIMITS, lifetimeMs: 15 * MINUTE_MS },
};

/** By how the REST API is spoken. */
export const CHANNEL_SETTINGS = { pelion: PELION, mdc: MDC } as const satisfies Record<string, ChannelSettings>;
