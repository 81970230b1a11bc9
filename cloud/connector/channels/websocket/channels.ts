/**
 * All websocket channels of a connector: one a key, with one open socket at most, there again after a restart.
 *
 *   PUT ─► made, on disk ─► connect(socket) ─► delivered to (connection.ts) ─┬─ closed ─► 24 h without one ─► removed
 *                                                                            └─ another one ─► the old is closed (1001)
 *
 * Source: Pelion OpenAPI of 29 April 2020, `/v2/notification/websocket` and `/v2/notification/websocket-connect`.
 */
import type { WebSocket } from 'ws';
import type { Timer } from '../../../protocol/coap/world.ts';
import type { Dialect } from '../../../protocol/notification/message.ts';
import type { Events } from '../../events/open.ts';
import type { EventWorld } from '../../events/world.ts';
import type { KindHooks } from '../removal.ts';
import type { WebsocketSettings } from '../settings.ts';
import { type ConnectionDoing, closeSocket, WebsocketConnection, type WebsocketForm } from './connection.ts';

export interface WebsocketOptions {
  readonly events: Events;
  readonly world: EventWorld;
  readonly settings: WebsocketSettings;
  /** How events are spelt where a PUT does not say. */
  readonly dialect: Dialect;
  readonly hooks: KindHooks;
}

export type WebsocketPut = { readonly status: 200 | 201 } | { readonly status: 400; readonly reason: string };

/** As GET tells it. */
export interface WebsocketStatus {
  readonly status: 'connected' | 'disconnected';
  readonly queue_size: number;
}

export interface WebsocketState {
  readonly sinceMs: number;
  readonly doing: ConnectionDoing | 'waiting for a connection';
  /** Why the last socket ended. */
  readonly lastError?: { readonly atMs: number; readonly text: string };
}

/** Why a channel has no socket any more (Pelion's close codes; RFC 6455, section 7.4.1). */
const CLOSE = { deleted: 1000, replaced: 1001, keyGone: 1008, noChannel: 1011, restart: 1012 } as const;

const ENDS = 'the connector ends';

interface WebsocketRecord extends WebsocketForm {
  readonly sinceMs: number;
}

interface Entry {
  record: WebsocketRecord;
  connection?: WebsocketConnection;
  idle?: Timer;
  lastError?: NonNullable<WebsocketState['lastError']>;
}

/** The kind under which ChannelRecords keeps them. */
export const RECORD_KIND = 'websocket';
/** No timer of Node's is longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class WebsocketChannels {
  readonly #options: WebsocketOptions;
  readonly #entries = new Map<string, Entry>();
  /** Sockets that are not closed yet, those of channels that are gone included. */
  readonly #open = new Set<WebsocketConnection>();
  #isClosed = false;

  /** Goes on with those that were there before: as if their sockets had been closed just now. */
  constructor(options: WebsocketOptions) {
    this.#options = options;
    for (const [key, text] of options.events.records.load(RECORD_KIND)) this.#add(key, JSON.parse(text));
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** Makes the key's channel (201), or has the one that is there write events in another form (200). StoreError STORE_DOWN. */
  async put(key: string, form: Partial<WebsocketForm> = {}): Promise<WebsocketPut> {
    const { events, world, settings } = this.#options;
    const { dialect = this.#options.dialect, extras, mostItems = settings.mostItems } = form;
    if (!Number.isInteger(mostItems) || mostItems < 1 || mostItems > settings.mostItems) {
      return { status: 400, reason: `a message has from 1 to ${settings.mostItems} events` };
    }
    const present = this.#entries.get(key);
    const how = { dialect, ...(extras === undefined ? {} : { extras }), mostItems };
    const record = { ...how, sinceMs: present?.record.sinceMs ?? world.wall() };
    const entry = present ?? this.#add(key, record);
    const before = entry.record;
    entry.record = record;
    try {
      await Promise.all([events.queue.touch(key), events.records.save(RECORD_KIND, key, JSON.stringify(record))]);
    } catch (error) {
      entry.record = before;
      if (present === undefined && this.#entries.get(key) === entry) this.#drop(key, CLOSE.noChannel, 'server fault');
      throw error;
    }
    return { status: present === undefined ? 201 : 200 };
  }

  /** Undefined: the key has no such channel. */
  status(key: string): WebsocketStatus | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const queue_size = this.#options.events.queue.numbers(key)?.events ?? 0;
    return { status: entry.connection === undefined ? 'disconnected' : 'connected', queue_size };
  }

  /** Delivers over this socket from now on: it is open, and the channel's to close. */
  connect(key: string, socket: WebSocket): void {
    const { events, world, settings, hooks } = this.#options;
    const entry = this.#entries.get(key);
    if (this.#isClosed || entry === undefined) {
      const [code, reason] = entry === undefined ? [CLOSE.noChannel, 'no channel'] : [CLOSE.restart, ENDS];
      closeSocket(socket, code, reason, this.#options);
      return;
    }
    // The client was quick to go.
    if (socket.readyState !== socket.OPEN) {
      socket.terminate();
      return;
    }
    entry.connection?.end(CLOSE.replaced, 'replaced by another connection');
    entry.idle?.cancel();
    const connection = new WebsocketConnection({
      ...{ key, socket, events, world, settings },
      form: () => entry.record,
      onProblem: (problem) => hooks.onProblem(key, problem),
      onOver: (text) => {
        if (entry.connection !== connection) return;
        delete entry.connection;
        entry.lastError = { atMs: world.wall(), text };
        this.#removeLater(key, entry);
      },
    });
    entry.connection = connection;
    this.#open.add(connection);
    void connection.closed.then(() => this.#open.delete(connection));
  }

  /** Removes the key's channel, and what is queued for it. False: there was none. StoreError STORE_DOWN: ask again. */
  async remove(key: string, why: 'deleted' | 'keyGone' = 'deleted'): Promise<boolean> {
    this.#drop(key, CLOSE[why], why === 'deleted' ? 'deleted' : 'the API key is gone');
    if (this.#options.events.records.get(RECORD_KIND, key) === undefined) return false;
    await this.#erase(key);
    return true;
  }

  state(key: string): WebsocketState | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { record, connection, lastError } = entry;
    const doing = connection?.doing ?? 'waiting for a connection';
    return { sinceMs: record.sinceMs, doing, ...(lastError === undefined ? {} : { lastError }) };
  }

  /** Closes the sockets, so that clients connect again later; channels and queues stay on disk. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { idle } of this.#entries.values()) idle?.cancel();
    for (const { connection } of this.#entries.values()) connection?.end(CLOSE.restart, ENDS);
    await Promise.all([...this.#open].map(({ closed }) => closed));
  }

  #add(key: string, record: WebsocketRecord): Entry {
    const entry: Entry = { record };
    this.#entries.set(key, entry);
    this.#removeLater(key, entry);
    return entry;
  }

  #drop(key: string, code: number, reason: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    entry?.idle?.cancel();
    entry?.connection?.end(code, reason);
  }

  #removeLater(key: string, entry: Entry): void {
    const { world, settings, hooks } = this.#options;
    if (this.#isClosed || this.#entries.get(key) !== entry || settings.removedAfterIdleMs > LONGEST_TIMER_MS) return;
    entry.idle = world.after(settings.removedAfterIdleMs, () => {
      this.#entries.delete(key);
      this.#erase(key).then(
        (lost) => hooks.onRemoved(key, 'idle', lost),
        (problem: unknown) => hooks.onProblem(key, problem),
      );
    });
  }

  async #erase(key: string): Promise<number> {
    const { queue, records } = this.#options.events;
    const [lost] = await Promise.all([queue.forget(key), records.delete(RECORD_KIND, key)]);
    return lost;
  }
}
