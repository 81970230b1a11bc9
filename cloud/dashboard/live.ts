/**
 * Live changes for everyone who looks: one loop reads the change feed, while there is anyone, and writes to all.
 *
 * Events: unnamed, the counts that changed; `hour`, a new hour began; `reset`, the cursor is of another store.
 * A client that is behind is first brought up to date, a page of changes a turn. One that does not read, or one that
 * sees the store fail, is cut off: it comes back by itself and says where it stopped.
 */
import { Readable } from 'node:stream';
import type { ChangeFeed, Changes } from '../ingest/store.ts';
import { hourOf } from '../protocol/hour.ts';
import { event, HEARTBEAT, retry } from './event-stream.ts';

/** Changes in one event. */
const PAGE = 1_000;
/** Characters a client may leave unread. */
const MAX_UNREAD = 4_000_000;
/** How long a browser waits before it connects again, milliseconds. */
const RETRY_MS = 1_000;

export interface LiveDeps {
  readonly feed: ChangeFeed;
  /** Milliseconds since 1970. */
  now(): number;
  readonly pollMs: number;
  readonly heartbeatMs: number;
  readonly maxClients: number;
  /** The store failed; everyone was cut off. */
  onError(error: unknown): void;
}

interface Client {
  readonly stream: Readable;
  /** What it was told up to. */
  cursor: number;
}

export class Live {
  readonly #deps: LiveDeps;
  readonly #clients = new Set<Client>();
  /** How far the loop has read, and the hour then; undefined while nobody looks. */
  #position: { cursor: number; hour: string } | undefined;
  #poll: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /**
   * A stream of everything after `cursor` (without it: from now on), for the life of one request.
   * Undefined: there are too many already, or the server is closing. Rejects with StoreError when the feed does.
   */
  async open(cursor: number | undefined): Promise<Readable | undefined> {
    if (this.#closed || this.#clients.size >= this.#deps.maxClients) return undefined;
    const stream = new Readable({ read: () => {}, highWaterMark: MAX_UNREAD, encoding: 'utf8' });
    // Until it is known how far it is, it must neither be written to nor let another one into its place.
    const client: Client = { stream, cursor: Number.POSITIVE_INFINITY };
    this.#clients.add(client);
    stream.once('close', () => this.#leave(client));
    try {
      const newest = await this.#deps.feed.now();
      if (!this.#clients.has(client)) return undefined;
      stream.push(retry(RETRY_MS));
      if (cursor !== undefined && cursor > newest) stream.push(event(newest, {}, 'reset'));
      client.cursor = Math.min(cursor ?? newest, newest);
      this.#start(newest);
      return stream;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** Ends every stream, so that the server can close. */
  close(): void {
    this.#closed = true;
    this.#cutOff();
  }

  #start(newest: number): void {
    if (this.#position !== undefined) return;
    this.#position = { cursor: newest, hour: hourOf(this.#deps.now()) };
    this.#heartbeat = setInterval(() => this.#toAll(HEARTBEAT), this.#deps.heartbeatMs);
    this.#next(0);
  }

  #next(ms: number): void {
    this.#poll = setTimeout(() => void this.#turn(), ms);
  }

  async #turn(): Promise<void> {
    const position = this.#position;
    if (position === undefined) return;
    try {
      const behind = [...this.#clients].filter((client) => client.cursor < position.cursor);
      const full = await this.#readOn(position);
      for (const client of behind) await this.#bringOn(client);
      this.#tellHour(position);
      if (this.#position === position) this.#next(full || behind.length > 0 ? 0 : this.#deps.pollMs);
    } catch (error) {
      this.#cutOff();
      this.#deps.onError(error);
    }
  }

  /** One page for all who are up to date. True: there may be more at once. */
  async #readOn(position: { cursor: number }): Promise<boolean> {
    const from = position.cursor;
    const changes = await this.#deps.feed.changes(from, PAGE);
    for (const client of this.#clients) {
      if (client.cursor >= from) this.#tell(client, changes);
    }
    position.cursor = changes.cursor;
    return changes.counts.length >= PAGE;
  }

  async #bringOn(client: Client): Promise<void> {
    if (this.#clients.has(client)) this.#tell(client, await this.#deps.feed.changes(client.cursor, PAGE));
  }

  #tell(client: Client, { counts, cursor }: Changes): void {
    if (cursor <= client.cursor) return;
    client.cursor = cursor;
    this.#write(client, event(cursor, counts));
  }

  #tellHour(position: { cursor: number; hour: string }): void {
    const hour = hourOf(this.#deps.now());
    if (hour === position.hour) return;
    position.hour = hour;
    for (const client of this.#clients) {
      if (Number.isFinite(client.cursor)) this.#write(client, event(client.cursor, { hour }, 'hour'));
    }
  }

  #toAll(text: string): void {
    for (const client of this.#clients) this.#write(client, text);
  }

  #write(client: Client, text: string): void {
    if (client.stream.readableLength + text.length > MAX_UNREAD) client.stream.destroy();
    else client.stream.push(text);
  }

  #cutOff(): void {
    for (const client of [...this.#clients]) {
      client.stream.push(null);
      this.#leave(client);
    }
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    clearTimeout(this.#poll);
    clearInterval(this.#heartbeat);
    this.#position = undefined;
  }
}
