/**
 * All channels of all keys: how events leave the connector.
 *
 *   queue of a key ─► the one channel that it has: callback │ poll │ websocket │ mqtt ─► whoever listens
 *
 * A key has one channel, of one kind. Another kind is refused, and the reason says which one there is; but where the API is
 * spoken as Device Connector's, a callback takes the place of a long poll, with what is queued (ARM's own clients do that;
 * its documents do not say). A long poll beside a callback is refused in both: each event has one receiver.
 * Source: Pelion OpenAPI of 29 April 2020, `/v2/notification/*`: "another channel type exists", 400.
 */
import type { LookupFunction } from 'node:net';
import type { WebSocket } from 'ws';
import { UsageError } from '../../protocol/errors.ts';
import type { Dialect } from '../../protocol/notification/message.ts';
import type { Events } from '../events/open.ts';
import type { EventWorld } from '../events/world.ts';
import type { PollAnswer, PollHow } from './poll/answer.ts';
import { RECORD_KIND as POLL, PollChannels } from './poll/channels.ts';
import type { ChannelRemoval, KindHooks } from './removal.ts';
import { CHANNEL_SETTINGS, type ChannelSettings } from './settings.ts';
import { type ChannelState, stateOf } from './state.ts';
import { type Registering, WebhookChannels } from './webhook/channels.ts';
import type { ChannelHooks as WebhookHooks } from './webhook/hooks.ts';
import { RECORD_KIND as CALLBACK } from './webhook/record.ts';
import type { WebhookRequest } from './webhook/webhook.ts';
import { RECORD_KIND as WEBSOCKET, WebsocketChannels, type WebsocketPut } from './websocket/channels.ts';
import type { WebsocketForm } from './websocket/connection.ts';

export type ChannelKind = 'callback' | 'poll' | 'websocket' | 'mqtt';

/** Channels of a kind that is not of this folder. */
export interface ExtraChannel {
  keys(): readonly string[];
  /** Removes the key's, and what is queued for it. False: there was none. */
  remove(key: string): Promise<boolean>;
  /** For people, without secrets. */
  state?(key: string): Omit<ChannelState, 'key' | 'kind' | 'queue'> | undefined;
  close(): Promise<void>;
}

export interface ChannelsHooks extends Pick<WebhookHooks, 'before' | 'onAttempt'> {
  /** A channel is gone by itself, and with it so many events. */
  readonly onRemoved?: (key: string, why: ChannelRemoval, events: number, kind: ChannelKind) => void;
  readonly onProblem?: (key: string, problem: unknown) => void;
}

export interface ChannelsOptions {
  readonly events: Events;
  readonly world: EventWorld;
  /** How the REST API is spoken. */
  readonly spoken: keyof typeof CHANNEL_SETTINGS;
  /** How events are spelt for whoever did not choose. */
  readonly notifications?: Dialect;
  /** Instead of those of the way in which the API is spoken. */
  readonly settings?: { readonly [K in keyof ChannelSettings]?: Partial<ChannelSettings[K]> };
  readonly hooks?: ChannelsHooks;
  readonly mqtt?: ExtraChannel;
  /** For https: callbacks: authorities, PEM, and how names are resolved; the system's where not given. */
  readonly ca?: string;
  readonly lookup?: LookupFunction;
}

/** While it is held, the key gets no channel of another kind. */
export type Claim = { readonly granted: true; release(): void } | { readonly granted: false; readonly reason: string };

const MANY: Readonly<Record<ChannelKind, string>> = {
  callback: 'a callback (/v2/notification/callback)',
  poll: 'a long poll (/v2/notification/pull)',
  websocket: 'a websocket (/v2/notification/websocket)',
  mqtt: 'an MQTT channel',
};

export class Channels {
  readonly webhook: WebhookChannels;
  readonly #options: ChannelsOptions;
  readonly #poll: PollChannels;
  readonly #websocket: WebsocketChannels;
  readonly #claims = new Map<string, { readonly kind: ChannelKind; many: number }>();

  /** Goes on with all channels that were there before. UsageError for a key of the MQTT channel's that has one of them. */
  constructor(options: ChannelsOptions) {
    this.#options = options;
    refuseSecond(options);
    const { events, world, spoken, notifications = 'connector', settings: given = {}, hooks = {} } = options;
    const defaults = CHANNEL_SETTINGS[spoken];
    const hooksOf = (kind: ChannelKind): KindHooks => ({
      onRemoved: (key, why, lost) => hooks.onRemoved?.(key, why, lost, kind),
      onProblem: (key, problem) => hooks.onProblem?.(key, problem),
    });
    const { ca, lookup } = options;
    this.webhook = new WebhookChannels({
      ...{ events, world, settings: { ...defaults.webhook, ...given.webhook } },
      hooks: { ...hooks, ...hooksOf('callback') },
      ...(ca === undefined ? {} : { ca }),
      ...(lookup === undefined ? {} : { lookup }),
    });
    const common = { events, world, dialect: notifications };
    const pollSettings = { ...defaults.poll, ...given.poll };
    this.#poll = new PollChannels({ ...common, settings: pollSettings, hooks: hooksOf('poll') });
    const socketSettings = { ...defaults.websocket, ...given.websocket };
    this.#websocket = new WebsocketChannels({ ...common, settings: socketSettings, hooks: hooksOf('websocket') });
  }

  kindOf(key: string): ChannelKind | undefined {
    if (this.webhook.get(key) !== undefined) return 'callback';
    if (this.#poll.has(key)) return 'poll';
    if (this.#websocket.has(key)) return 'websocket';
    return this.#options.mqtt?.keys().includes(key) === true ? 'mqtt' : undefined;
  }

  /** Keys that have a channel. */
  keys(): string[] {
    const { mqtt } = this.#options;
    return [...this.webhook.keys(), ...this.#poll.keys(), ...this.#websocket.keys(), ...(mqtt?.keys() ?? [])];
  }

  /** To be asked for before the key gets a channel of this kind, and given back when it has it. */
  claim(key: string, kind: ChannelKind): Claim {
    const claimed = this.#claims.get(key);
    const present = claimed?.kind ?? this.kindOf(key);
    const isTakenOver = present === 'poll' && kind === 'callback' && this.#options.spoken === 'mdc';
    if (present !== undefined && present !== kind && !isTakenOver) {
      return { granted: false, reason: `the key has ${MANY[present]} already: delete that first` };
    }
    const held = claimed ?? { kind, many: 0 };
    held.many += 1;
    this.#claims.set(key, held);
    const release = (): void => {
      held.many -= 1;
      if (held.many === 0) this.#claims.delete(key);
    };
    return { granted: true, release };
  }

  /** PUT of a callback. StoreError STORE_DOWN if it cannot be written down. */
  async register(key: string, request: WebhookRequest): Promise<Registering> {
    const claim = this.claim(key, 'callback');
    if (!claim.granted) return { accepted: false, reason: claim.reason };
    try {
      // A queue has one taker, and from here on that is the callback.
      this.#poll.stopWaiting(key);
      const { notifications: dialect = 'connector' } = this.#options;
      const registering = await this.webhook.register(key, { dialect, ...request });
      if (registering.accepted) await this.#poll.release(key);
      return registering;
    } finally {
      claim.release();
    }
  }

  /** GET /v2/notification/pull. StoreError STORE_DOWN. */
  async poll(key: string, how: PollHow): Promise<PollAnswer> {
    const claim = this.claim(key, 'poll');
    if (!claim.granted) return { status: 400, reason: claim.reason };
    // The channel is made at once, and is a claim of its own.
    claim.release();
    return await this.#poll.poll(key, how);
  }

  /** DELETE /v2/notification/pull. */
  removePoll(key: string): Promise<'REMOVED' | 'ALREADY_DELETED'> {
    return this.#poll.remove(key);
  }

  /** PUT /v2/notification/websocket. StoreError STORE_DOWN. */
  async putWebsocket(key: string, form: Partial<WebsocketForm> = {}): Promise<WebsocketPut> {
    const claim = this.claim(key, 'websocket');
    if (!claim.granted) return { status: 400, reason: claim.reason };
    claim.release();
    return await this.#websocket.put(key, form);
  }

  /** GET /v2/notification/websocket. Undefined: 404. */
  websocket(key: string): ReturnType<WebsocketChannels['status']> {
    return this.#websocket.status(key);
  }

  /** An open socket of GET /v2/notification/websocket-connect. */
  connect(key: string, socket: WebSocket): void {
    this.#websocket.connect(key, socket);
  }

  /** DELETE /v2/notification/websocket. False: 404. */
  removeWebsocket(key: string): Promise<boolean> {
    return this.#websocket.remove(key);
  }

  /** Keys without a channel for which events are queued all the same: of a channel that is not configured any more. */
  unclaimed(): string[] {
    const { queue } = this.#options.events;
    return queue.keys().filter((key) => this.kindOf(key) === undefined && (queue.numbers(key)?.events ?? 0) > 0);
  }

  /** Every channel for people, without secrets, and what waits without one. */
  states(): ChannelState[] {
    const { events, mqtt } = this.#options;
    const unclaimed = this.unclaimed().flatMap((key) =>
      stateOf(key, 'none', events.queue.numbers(key), { doing: 'nobody takes its events' }),
    );
    const states = this.keys().flatMap((key) => {
      const kind = this.kindOf(key);
      const queue = events.queue.numbers(key);
      if (kind === 'callback') return stateOf(key, kind, queue, this.webhook.state(key));
      if (kind === 'poll') return stateOf(key, kind, queue, this.#poll.state(key));
      if (kind === 'websocket') return stateOf(key, kind, queue, this.#websocket.state(key));
      return stateOf(key, 'mqtt', queue, mqtt?.state?.(key) ?? { doing: 'serving' });
    });
    return [...states, ...unclaimed];
  }

  /** The key is gone: its channel, and what is queued for it. Twice does no harm. StoreError STORE_DOWN: ask again. */
  async forgetKey(key: string): Promise<void> {
    await Promise.all([
      this.webhook.remove(key),
      this.#poll.remove(key),
      this.#websocket.remove(key, 'keyGone'),
      this.#options.mqtt?.remove(key),
    ]);
    // Subscriptions may have filled one without a channel.
    await this.#options.events.queue.forget(key);
  }

  /** Ends what is under way; channels and queues stay on disk. */
  async close(): Promise<void> {
    this.#poll.close();
    await Promise.all([this.webhook.close(), this.#websocket.close(), this.#options.mqtt?.close()]);
  }
}

/** Two channels would take turns at one queue, and lose each other's place in it. */
function refuseSecond({ events, mqtt }: ChannelsOptions): void {
  const kinds = { callback: CALLBACK, poll: POLL, websocket: WEBSOCKET };
  for (const key of mqtt?.keys() ?? []) {
    for (const kind of ['callback', 'poll', 'websocket'] as const) {
      if (events.records.get(kinds[kind], key) === undefined) continue;
      throw new UsageError(`the key ${key} has ${MANY[kind]} already`, 'Delete that, or give another key for MQTT.');
    }
  }
}
