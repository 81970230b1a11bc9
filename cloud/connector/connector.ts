/**
 * A connector in mbed Device Connector's place, without its HTTP server: boards in, events out, kept in one folder.
 *
 *   UDP, TLS, TCP ─► boards ─┬─► queue on disk ─► channels ─► webhook, long poll, websocket, MQTT
 *                            └─► what keys want (interests) ◄─ REST API, page
 *
 *   connector.db   queues, channels, subscriptions, boards      keys.json   API keys, hashed
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError, OutsideError, StoreError } from '../protocol/errors.ts';
import type { Dialect } from '../protocol/notification/message.ts';
import type { Refused } from './boards/refused.ts';
import { BoardService } from './boards/service.ts';
import type { BoardSettings } from './boards/settings.ts';
import { Channels, type ChannelsOptions, type ExtraChannel } from './channels/channels.ts';
import { CHANNEL_SETTINGS } from './channels/settings.ts';
import { type Events, openEvents } from './events/open.ts';
import type { EventWorld } from './events/world.ts';
import { Subscriptions } from './interests/subscriptions.ts';
import { type Keys, openKeys } from './keys/keys.ts';
import { type Log, Notices } from './notices.ts';
import type { Transport, TransportOptions } from './transports/connection.ts';
import type { Credentials } from './transports/credentials.ts';
import { listenTcp, type TcpOptions } from './transports/tcp.ts';
import { listenTls, type TlsTransport } from './transports/tls.ts';
import { listenUdp } from './transports/udp.ts';

/** How the REST API is spoken, and whose figures hold where the two services differ. */
export type ApiDialect = 'mdc' | 'pelion';

export interface ConnectorOptions {
  /** Made if it is not there; only its owner may enter. */
  readonly folder: string;
  readonly world: EventWorld;
  readonly log: Log;
  readonly dialect: ApiDialect;
  /** How events are spelt for whoever did not choose: `connector`, so that counts are exact, unless given. */
  readonly notifications?: Dialect;
  readonly boards?: Partial<BoardSettings>;
  readonly channels?: NonNullable<ChannelsOptions['settings']>;
  readonly hooks?: ChannelsOptions['hooks'];
  /** Authorities that https: receivers are trusted by, PEM; the system's where not given. */
  readonly ca?: string;
  /** Opens the channel to an MQTT broker, if there is one. */
  readonly mqtt?: (events: Events) => ExtraChannel;
}

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Opens the folder. OutsideError FILE, or StoreError STORE_SCHEMA, if it cannot be used. */
export async function openConnector(options: ConnectorOptions): Promise<Connector> {
  const { folder, world, log, dialect, channels = {} } = options;
  await makeConnectorFolder(folder);
  const limits = { ...CHANNEL_SETTINGS[dialect].queue, ...channels.queue };
  const notices = new Notices(log, world);
  const events = openEvents({
    ...{ path: join(folder, 'connector.db'), world, limitsOf: () => limits },
    onLost: (key, lost) => notices.warn(`lost/${key}`, { key, ...lost }, 'events were lost: too many, or too old'),
  });
  let keys: Keys | undefined;
  try {
    keys = openKeys(join(folder, 'keys.json'), {
      wall: () => world.wall(),
      after: (ms, what) => world.after(ms, what),
      onProblem: (error) => log.warn({ err: error }, 'the keys cannot be read just now'),
    });
    return new Connector(options, { events, keys, notices });
  } catch (error) {
    keys?.close();
    notices.close();
    events.close();
    throw error;
  }
}

/** Makes the folder if it is not there; only its owner may enter. OutsideError FILE. */
export async function makeConnectorFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new OutsideError('FILE', `the folder ${folder} cannot be made: ${why}`, 'Choose another one.', { cause });
  }
}

export class Connector {
  readonly events: Events;
  readonly keys: Keys;
  readonly channels: Channels;
  readonly interests: Subscriptions;
  readonly boards: BoardService;
  readonly #options: ConnectorOptions;
  readonly #notices: Notices;
  readonly #transports: Transport[] = [];
  readonly #forgetting = new Set<Promise<void>>();

  constructor(options: ConnectorOptions, { events, keys, notices }: { events: Events; keys: Keys; notices: Notices }) {
    const { world, log, dialect, notifications, channels, hooks = {}, ca, mqtt } = options;
    this.#options = options;
    this.#notices = notices;
    this.events = events;
    const problem = (error: unknown): void => this.#problem(error);
    this.keys = keys;
    this.channels = new Channels({
      ...{ events, world, spoken: dialect },
      hooks: {
        ...hooks,
        onRemoved: (key, why, lost, kind) => {
          log.warn({ key, kind, why, events: lost }, 'a channel was removed, with what was queued for it');
          this.boards.interestsChanged();
          hooks.onRemoved?.(key, why, lost, kind);
        },
        onAttempt: (attempted) => {
          const { key, answer, waitMs } = attempted;
          if (waitMs !== undefined)
            this.#notices.warn(`delivery/${key}`, { key, answer, waitMs }, 'a webhook is tried again');
          hooks.onAttempt?.(attempted);
        },
        onProblem: (key, error) => {
          problem(error);
          hooks.onProblem?.(key, error);
        },
      },
      ...(notifications === undefined ? {} : { notifications }),
      ...(channels === undefined ? {} : { settings: channels }),
      ...(ca === undefined ? {} : { ca }),
      ...(mqtt === undefined ? {} : { mqtt: mqtt(events) }),
    });
    this.interests = new Subscriptions({
      records: events.records,
      channelKeys: () => this.channels.keys(),
      hasChannel: (key) => this.channels.kindOf(key) !== undefined,
    });
    this.boards = new BoardService({
      ...{ world, events, interests: this.interests },
      ...(options.boards === undefined ? {} : { settings: options.boards }),
      onTrouble: (endpoint, trouble) => this.#notices.warn(`trouble/${endpoint}`, { endpoint }, trouble),
      onRefused: (what, peer, detail) =>
        this.#notices.warn(`board/${what}`, { peer, detail }, REFUSED_TEXTS[what], peer),
      onProblem: (error, peer) => this.#problem(error, peer),
    });
    for (const key of this.channels.unclaimed())
      log.warn({ key, events: events.queue.numbers(key)?.events }, 'events wait for a key that has no channel');
    this.keys.onEnded((id, why) => this.#forget(id, why));
  }

  /** CoAP over UDP: whoever reaches it can be any board. OutsideError PORT. */
  listenUdp(address: Address): Promise<Transport> {
    return this.#listening(listenUdp({ ...this.#transport(), ...address }));
  }

  /** Plain TCP, likewise. */
  listenTcp(address: Address): Promise<Transport> {
    const onSilent: TcpOptions['onSilent'] = (connection, sinceMs) => this.boards.silent(connection, sinceMs);
    return this.#listening(listenTcp({ ...this.#transport(), ...address, onSilent }));
  }

  /** TLS, each board by its certificate. UsageError for credentials that boards would refuse. */
  listenTls(address: Address, credentials: Credentials): Promise<TlsTransport> {
    return this.#listening(listenTls({ ...this.#transport(), ...address, credentials }));
  }

  /** For log lines that strangers can cause. */
  get notices(): Pick<Notices, 'warn'> {
    return this.#notices;
  }

  /** Events that wait for a receiver. */
  get waiting(): number {
    return this.#queued(this.events.queue.keys());
  }

  /** Those of them that no channel takes. */
  get unclaimed(): number {
    return this.#queued(this.channels.unclaimed());
  }

  /** Nothing is under way with a board, and nothing waits for a receiver. */
  get isIdle(): boolean {
    return this.boards.busy === 0 && this.waiting === 0;
  }

  /** Ends in good order: boards first, then what is under way to receivers. What is queued stays. */
  async close(): Promise<void> {
    this.boards.close();
    await Promise.all(this.#transports.map((transport) => transport.close()));
    await this.channels.close();
    await Promise.all(this.#forgetting);
    this.keys.close();
    this.#notices.close();
    this.events.close();
  }

  #queued(keys: readonly string[]): number {
    return keys.reduce((sum, key) => sum + (this.events.queue.numbers(key)?.events ?? 0), 0);
  }

  #transport(): Omit<TransportOptions, 'host' | 'port'> {
    return {
      world: this.#options.world,
      onConnection: (connection) => this.boards.accept(connection),
      onRefused: (reason, peer, detail) =>
        this.#notices.warn(`refused/${reason}`, { reason, peer, detail }, 'a peer was refused'),
      onProblem: (error) => this.#problem(error),
    };
  }

  async #listening<T extends Transport>(opening: Promise<T>): Promise<T> {
    const transport = await opening;
    this.#transports.push(transport);
    return transport;
  }

  #forget(id: string, why: 'removed' | 'expired'): void {
    const kind = this.channels.kindOf(id);
    // Whoever removed it knows.
    if (why === 'expired' && kind !== undefined)
      this.#options.log.warn({ key: id, kind }, 'a key has expired, and its channel ends with what was queued for it');
    const done = Promise.all([this.interests.forgetKey(id), this.channels.forgetKey(id)])
      .then(() => this.boards.interestsChanged())
      .catch((error: unknown) => this.#problem(error))
      .finally(() => this.#forgetting.delete(done));
    this.#forgetting.add(done);
  }

  /** A peer's bytes, the disk's trouble, or a mistake of ours: told apart, and none of them too often. */
  #problem(error: unknown, peer?: string): void {
    const { log } = this.#options;
    const at = peer === undefined ? {} : { peer };
    if (error instanceof FormatError)
      this.#notices.warn('bytes', { ...at, detail: error.message }, 'bytes were refused');
    else if (error instanceof StoreError)
      this.#notices.warn('store', { code: error.code, fix: error.fix }, error.message);
    else log.error({ ...at, err: error }, 'something failed that should not');
  }
}

const REFUSED_TEXTS: Readonly<Record<Refused, string>> = {
  registration: 'a registration was refused',
  forbidden: 'a registration under a name that is not its own was refused',
  request: 'a request was refused',
  notification: 'a notification was refused',
  value: 'a value was dropped, of which a part is missing',
  silence: 'a connection was closed on which nothing was said',
};
