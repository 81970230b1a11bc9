/**
 * A store keeps the endpoints' state and the hourly counts exactly: it is the truth.
 *
 * Every implementation passes test/conformance/store.ts. All methods reject with StoreError when the store cannot be
 * had; nothing of the call has happened then, and calling again is safe.
 */
import type { EndpointEvents } from './events.ts';
import type { EndpointState } from './state.ts';

/** Presses of one endpoint in one hour. */
export interface HourlyCount {
  readonly endpoint: string;
  /** `YYYY-MM-DD HH:00:00`, UTC. */
  readonly hour: string;
  readonly count: number;
}

export interface HourlyQuery {
  /** All endpoints without it. */
  readonly endpoint?: string;
  /** First hour that is wanted: the one that holds this instant. */
  readonly from: Date;
  /** Instant before which the last wanted hour begins. */
  readonly to: Date;
}

/** What applying a batch did. */
export interface Applied {
  readonly presses: number;
  /** Values that added nothing, being no newer than what was counted. */
  readonly stale: number;
}

/** Something kept and not counted: a NotificationMessage, whole or of the one element that was not understood. */
export interface AsideItem {
  /** Hash that names it: the same thing of the same body again is kept once. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly reason: string;
  /** The bytes of a body that can be given to the receiver again. */
  readonly body: Uint8Array;
}

export interface Totals {
  readonly endpoints: number;
  readonly presses: number;
  readonly stale: number;
  /** Items set aside now, and their bytes. */
  readonly setAside: number;
  readonly setAsideBytes: number;
}

/** All of one endpoint: what moves together, or its whole counter counts again. */
export interface EndpointCopy {
  readonly state: EndpointState;
  /** In order of hour. */
  readonly hours: readonly HourlyCount[];
}

/** What export gives and import takes: a state, or an hour. */
export type StoreItem = ({ readonly kind: 'state' } & EndpointState) | ({ readonly kind: 'hour' } & HourlyCount);

export interface Store {
  /** Counts. Atomic per endpoint; safe to repeat, and to run twice at once. */
  apply(batch: readonly EndpointEvents[]): Promise<Applied>;
  /** Counts in order of hour, then endpoint; hours without presses are left out. */
  hourly(query: HourlyQuery): AsyncIterable<HourlyCount>;
  /** Values that added nothing, by endpoint; only those that have any. */
  stale(endpoint?: string): AsyncIterable<{ readonly endpoint: string; readonly stale: number }>;
  totals(): Promise<Totals>;
  /** What is set aside now: as in the totals, for which a store may have to read all that it has. */
  asideUsage(): Promise<Pick<Totals, 'setAside' | 'setAsideBytes'>>;
  /** Keeps things that were not understood. Rejects with ASIDE_FULL, keeping none, when they do not fit. */
  setAside(items: readonly AsideItem[]): Promise<void>;
  aside(): AsyncIterable<AsideItem>;
  /** Forgets items set aside, after they were given another try. */
  dropAside(keys: readonly string[]): Promise<void>;
  /** State and hours move together, or a board's whole counter counts again. */
  export(): AsyncIterable<StoreItem>;
  /** Into an empty store; StoreError STORE_SCHEMA if it is not. */
  import(items: AsyncIterable<StoreItem>): Promise<void>;
  /** Names of all endpoints, in any order. */
  endpoints(): AsyncIterable<string>;
  /** Undefined if the endpoint was never heard of. */
  read(endpoint: string): Promise<EndpointCopy | undefined>;
  /**
   * Puts an endpoint's state and hours in place of what is there, provided that its state is still `expected` (undefined: it is not
   * there); false if it is not. Hours that the copy lacks are removed. Meant for a store that receives nothing meanwhile: where
   * it is too large for one atomic write the state is written last, so that a move that broke off is seen and done again.
   */
  replace(copy: EndpointCopy, expected: EndpointState | undefined): Promise<boolean>;
  /** Why the store cannot keep an endpoint of this name; such are set aside before they come here. Left out: it keeps all. */
  refusal?(endpoint: string): string | undefined;
  close(): Promise<void>;
}

/** Hours that changed, in the order in which they did. */
export interface Changes {
  readonly counts: readonly HourlyCount[];
  /** Give it to the next call. */
  readonly cursor: number;
}

/** A store that can tell what changed since: what a live page and a forwarder to a sink read. */
export interface ChangeFeed {
  /** Hours changed after `cursor` (0: ever), at most `limit` of them, with their absolute counts. */
  changes(cursor: number, limit: number): Promise<Changes>;
  /** The cursor after which nothing has changed yet. */
  now(): Promise<number>;
}
