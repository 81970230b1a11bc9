/**
 * A board as the connector holds it: its registration, the boots that are remembered, and what each is watched by.
 *
 *   board ─┬─ registration, while it has one
 *          └─ boots, oldest first ── by path: tokens, the last Observe number
 *
 * A notification's token says which boot it is of, so that a late datagram keeps its own. What must outlive `kill -9` is
 * record.ts's; the rest is here only.
 */
import type { Seen } from '../../protocol/coap/observe.ts';
import type { TransportName } from '../transports/connection.ts';
import type { Likely } from './boot.ts';
import type { Registration } from './registration.ts';
import type { Session } from './session.ts';

/** How many a receiver tells apart (cloud/ingest/advance.ts). */
export const MOST_BOOTS = 4;
/** Of a path in one boot: a board answers with the newest that it has processed. */
const MOST_TOKENS = 4;

export interface Watched {
  /** As hexadecimal text, newest last. */
  readonly tokens: string[];
  /** The last notification, or answer to observing; undefined: none in this process, or it was cancelled. */
  last: Seen | undefined;
  /** The board answered that it observes. */
  isConfirmed: boolean;
}

export interface Boot {
  /** Milliseconds since 1970 at which it began; undefined: that was not seen. */
  at: number | undefined;
  /** Undefined once it is certain. */
  likely: Likely | undefined;
  readonly watched: Map<string, Watched>;
}

export interface Registered extends Registration {
  /** The last segment of its location, `/rd/<id>`. */
  readonly location: string;
  readonly transport: TransportName;
  /** From where, without the port; those of before it was kept have none. */
  readonly address?: string;
  /** By certificate: nobody without one may register the name. */
  readonly isCertain: boolean;
  /** Milliseconds since 1970. */
  readonly registeredMs: number;
}

/**
 * An update takes a place in the resend queue as well, and is answered before what came with it is known to be acknowledged:
 * what the board drops meanwhile is found after the next one.
 */
const READ_AGAIN = 2;

export interface KnownValue {
  readonly value: Uint8Array;
  readonly contentFormat: number | undefined;
  readonly maxAgeS: number;
  readonly atMs: number;
  /** By the clock that never goes back. */
  readonly untilMs: number;
}

export interface ToldValue {
  readonly value: Uint8Array;
  /** Whoever was told. */
  readonly keys: readonly string[];
}

export class Board {
  readonly endpoint: string;
  registered: Registered | undefined;
  /** The address of its last registration that is over, if that was over plain TCP. */
  leftAddress: string | undefined;
  boots: Boot[] = [];
  /** Of the present boot. */
  lastMessageId: number | undefined;
  session: Session | undefined;
  /** Milliseconds since 1970, and of the clock that never goes back. */
  heardWallMs = 0;
  heardMs = 0;
  /** Paths that are to be read again, and how often: something came, and the board may have dropped what was next. */
  readonly dirty = new Map<string, number>();
  /** Connections on which it said nothing, in a row. */
  silences = 0;
  trouble: string | undefined;
  readonly values = new Map<string, KnownValue>();
  /** Of watched paths: the last value that was told to whoever wants it. */
  readonly told = new Map<string, ToldValue>();

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  get boot(): Boot | undefined {
    return this.boots.at(-1);
  }

  /** Something of this path came, or came again. */
  soil(path: string): void {
    this.dirty.set(path, READ_AGAIN);
  }

  /** It was told to change what is at this path: what is known there, below and above it may be so no more. */
  forget(path: string): void {
    for (const known of this.values.keys()) {
      if (known === path || known.startsWith(`${path}/`) || path.startsWith(`${known}/`)) this.values.delete(known);
    }
  }

  /** What the key was told is lost to it. */
  untell(key: string): void {
    for (const [path, { value, keys }] of this.told) {
      if (keys.includes(key)) this.told.set(path, { value, keys: keys.filter((other) => other !== key) });
    }
  }

  /** Begins a boot that is not certain yet; returns those that are forgotten for it. */
  begin(boot: Boot): Boot[] {
    this.boots.push(boot);
    return this.boots.splice(0, Math.max(0, this.boots.length - MOST_BOOTS));
  }

  /** The newest boot is the one before it: its tokens are the other's from now on. */
  merge(): void {
    const [before, newest] = this.boots.slice(-2);
    if (before === undefined || newest === undefined) return;
    for (const [path, { tokens, last, isConfirmed }] of newest.watched) {
      const known = before.watched.get(path);
      if (known === undefined) before.watched.set(path, { tokens, last, isConfirmed });
      else {
        known.tokens.push(...tokens);
        known.last = last ?? known.last;
        known.isConfirmed ||= isConfirmed;
      }
    }
    this.boots.pop();
  }
}

/** Adds a token; returns those that are forgotten for it. */
export function addToken(boot: Boot, path: string, token: string): string[] {
  const watched = boot.watched.get(path) ?? { tokens: [], last: undefined, isConfirmed: false };
  boot.watched.set(path, watched);
  watched.tokens.push(token);
  return watched.tokens.splice(0, Math.max(0, watched.tokens.length - MOST_TOKENS));
}
