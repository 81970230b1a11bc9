/** What comes of `GET /v2/notification/pull`, by its HTTP status. */

export type PollAnswer =
  | PollEvents
  /** Nothing: poll again. */
  | { readonly status: 204 }
  /** Another channel; another GET that is open; deleted a moment ago. */
  | { readonly status: 400 | 409 | 410; readonly reason: string };

export interface PollEvents {
  readonly status: 200;
  readonly body: Uint8Array;
  readonly events: number;
  /** The body has been handed over whole: it does not come again. Resolves when that is on disk; never rejects. */
  delivered(): Promise<void>;
  /** It has not: it comes again with the next GET. Needs not be called if the GET's signal is aborted. */
  failed(): void;
}

export interface PollHow {
  /** Answered at once, with what there is. */
  readonly noWait: boolean;
  /** How long it may wait; as the settings say where not given. */
  readonly waitMs?: number;
  /** The client is gone. */
  readonly signal: AbortSignal;
}

export const NOTHING: PollAnswer = { status: 204 };
export const CONFLICT: PollAnswer = { status: 409, reason: 'another long poll of this key is open' };
/** Pelion OpenAPI of 29 April 2020, `/v2/notification/pull`. */
export const DELETED: PollAnswer = { status: 410, reason: 'CHANNEL_DELETED' };
