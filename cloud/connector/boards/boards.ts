/**
 * What the rest of the connector knows of boards: who is registered, what they said last, and how to ask them.
 *
 *   transports ─► service.ts (CoAP, LwM2M) ─► Boards ─► REST API, page
 *
 * Types only. A board is a device, its endpoint is its name.
 */
import type { TransportName } from '../transports/connection.ts';

/** A resource as its board listed it when it registered. */
export interface BoardResource {
  /** `/3200/0/5501`, or an object or instance. */
  readonly path: string;
  readonly rt?: string;
  readonly if?: string;
  readonly ct?: string;
  readonly obs: boolean;
}

export interface BoardInfo {
  readonly endpoint: string;
  readonly domain: string;
  /** `et`; '' if it gave none. */
  readonly type: string;
  /** It listens only for a while after it spoke. */
  readonly queueMode: boolean;
  /** In the order of its registration. */
  readonly resources: readonly BoardResource[];
  readonly transport: TransportName;
  /** Where its connection leads to; undefined: it has none now. */
  readonly peer: string | undefined;
  /** Milliseconds since 1970: its last full registration, its last message, and when it counts as gone. */
  readonly registeredMs: number;
  readonly heardMs: number;
  readonly expiresMs: number;
  /** The millisecond at which its present boot began; undefined: that was not seen. */
  readonly boot: number | undefined;
  /** For people: what is wrong with it, and what to do. */
  readonly trouble: string | undefined;
}

/** What a resource was, the last time that its board said so. */
export interface Reading {
  readonly value: Uint8Array;
  readonly contentFormat: number | undefined;
  readonly maxAgeS: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** It is no older than its board allows. */
  readonly isFresh: boolean;
}

export interface BoardRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly payload?: Uint8Array;
  readonly contentFormat?: number;
  readonly accept?: number;
  /** Gives up: the answer is 504 then, whatever the board does. */
  readonly signal?: AbortSignal;
}

/** Like HTTP, as an async-response tells it (Pelion OpenAPI of 29 April 2020, `AsyncIDResponse`). */
export interface BoardAnswer {
  /** 2xx and 4xx are the board's; 429 and 5xx are ours, with an `error`. */
  readonly status: number;
  readonly error?: string;
  readonly payload?: Uint8Array;
  readonly contentFormat?: number;
  readonly maxAgeS?: number;
}

export interface BoardChange {
  readonly endpoint: string;
  readonly what: 'registered' | 'updated' | 'gone' | 'value' | 'connection';
  /** Of a value. */
  readonly path?: string;
}

export interface Boards {
  /** Those registered now. */
  list(): readonly BoardInfo[];
  get(endpoint: string): BoardInfo | undefined;
  /** The last value known of a path, however old. */
  latest(endpoint: string, path: string): Reading | undefined;
  /**
   * Asks a board; one request at a time, others wait (20 at most, then 429 QUEUE_IS_FULL), and all wait for a board in
   * queue mode to speak. Never rejects.
   */
  request(endpoint: string, request: BoardRequest): Promise<BoardAnswer>;
  /** Has a path observed that a key wants (Interests says so already), and resolves to the answer, with the value. */
  observe(endpoint: string, path: string): Promise<BoardAnswer>;
  /** What keys want has changed, of one board or of all: observations begin and end. */
  interestsChanged(endpoint?: string): void;
  /** The key has a new channel: what it wants is observed, and told to it, whether or not it was told before. */
  channelBegan(key: string): void;
  /** Forgets a registration; the board registers again when it next speaks. False: there is none. */
  remove(endpoint: string): Promise<boolean>;
  /** Returns how to stop. */
  onChange(listener: (change: BoardChange) => void): () => void;
}
