/**
 * All webhooks of a connector: one a key, tried out before it is taken, there again after a restart.
 *
 *   register ─► checked (webhook.ts) ─► PUT {} ─► 200, 204 ─► on disk ─► delivered to (channel.ts)
 *                                               └ else refused, with the reason
 *
 * A second registration of a key takes the first one's place, with what is queued. Source: Pelion OpenAPI of 29 April 2020,
 * `/v2/notification/callback`; Connector-mDS-REST-API docs/api-reference.md.
 */
import type { LookupFunction } from 'node:net';
import { shownUrl } from '../../client/registration.ts';
import type { Events } from '../../events/open.ts';
import type { QueueNumbers } from '../../events/queue-numbers.ts';
import type { EventWorld } from '../../events/world.ts';
import { describeAnswer, isAcknowledged } from './answer.ts';
import { type Doing, WebhookChannel } from './channel.ts';
import { type WebhookClient, webhookClient } from './client.ts';
import type { ChannelHooks } from './hooks.ts';
import { newRecord, RECORD_KIND, readRecord, type WebhookRecord, writeRecord } from './record.ts';
import { DEFAULT_SETTINGS, type WebhookSettings } from './settings.ts';
import { readWebhook, type Webhook, type WebhookRequest } from './webhook.ts';

export interface WebhookOptions {
  readonly events: Events;
  readonly world: EventWorld;
  /** Pelion's where not given. */
  readonly settings?: Partial<WebhookSettings>;
  readonly hooks?: ChannelHooks;
  /** Authorities that https: receivers are trusted by, PEM; the system's where not given. */
  readonly ca?: string;
  /** Resolves names; the system's where not given. */
  readonly lookup?: LookupFunction;
}

/** `reason` is for whoever asked: why the webhook is not taken. */
export type Registering = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

/** A channel for people: without anything that is secret. */
export interface WebhookState extends Omit<WebhookRecord, 'headers'> {
  readonly key: string;
  readonly doing: Doing;
  /** When it tries again, milliseconds since 1970. */
  readonly nextAttemptMs: number | undefined;
  readonly queue: QueueNumbers | undefined;
}

/** How long what is under way may take when the connector ends. */
const GRACE_MS = 2_000;

export class WebhookChannels {
  readonly #options: WebhookOptions;
  readonly #settings: WebhookSettings;
  readonly #channels = new Map<string, WebhookChannel>();
  /** Settles when what was last asked of a key is done. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #trials = 0;
  readonly #trying = new Set<WebhookClient>();
  #isClosed = false;

  /** Goes on with what was registered before. */
  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
    for (const [key, text] of options.events.records.load(RECORD_KIND)) {
      const record = readRecord(text);
      this.#start(key, record);
    }
  }

  /**
   * Tries the webhook out and, if it passes, delivers the key's events to it from now on. StoreError STORE_DOWN if it
   * cannot be written down; it is not registered then.
   */
  async register(key: string, request: WebhookRequest): Promise<Registering> {
    const webhook = readWebhook(request, this.#settings);
    if (typeof webhook === 'string') return { accepted: false, reason: webhook };
    if (this.#trials >= this.#settings.mostTrials) return refused('too many webhooks are being tried out: try again');
    this.#trials += 1;
    return await this.#inTurn(key, () => this.#tryOut(key, webhook)).finally(() => {
      this.#trials -= 1;
    });
  }

  /** What is registered, as it was asked for; undefined: nothing. Its headers are secrets. */
  get(key: string): Webhook | undefined {
    const record = this.#channels.get(key)?.record;
    if (record === undefined) return undefined;
    const { url, headers, dialect, extras, mostItems } = record;
    return { url, headers, dialect, ...(extras === undefined ? {} : { extras }), mostItems };
  }

  keys(): string[] {
    return [...this.#channels.keys()];
  }

  state(key: string): WebhookState | undefined {
    const channel = this.#channels.get(key);
    if (channel === undefined) return undefined;
    const { headers: _, url, ...record } = channel.record;
    const { doing, nextAttemptMs } = channel;
    return { key, ...record, url: shownUrl(url), doing, nextAttemptMs, queue: this.#options.events.queue.numbers(key) };
  }

  states(): WebhookState[] {
    return [...this.#channels.keys()].map((key) => this.state(key)!);
  }

  /** Removes the key's webhook, and what is queued for it. False: there was none. StoreError STORE_DOWN: ask again. */
  remove(key: string): Promise<boolean> {
    return this.#inTurn(key, async () => {
      const { queue, records } = this.#options.events;
      const channel = this.#channels.get(key);
      this.#channels.delete(key);
      await channel?.stop(0);
      if (records.get(RECORD_KIND, key) === undefined) return false;
      await Promise.all([queue.forget(key), records.delete(RECORD_KIND, key)]);
      return true;
    });
  }

  /** Ends the deliveries; webhooks and queues stay on disk. Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const client of this.#trying) client.close();
    await Promise.all([...this.#channels.values()].map((channel) => channel.stop(GRACE_MS)));
  }

  async #tryOut(key: string, webhook: Webhook): Promise<Registering> {
    if (this.#isClosed) return refused(CLOSING);
    if (!this.#channels.has(key) && this.#channels.size >= this.#settings.mostChannels) {
      return refused(`there are ${this.#settings.mostChannels} webhooks already`);
    }
    const client = this.#clientFor(webhook);
    this.#trying.add(client);
    const answer = await client.put(EMPTY_MESSAGE).finally(() => client.close());
    this.#trying.delete(client);
    if (!isAcknowledged(answer)) return refused(`the URL was tried with a PUT of {}, and ${describeAnswer(answer)}`);
    if (this.#isClosed) return refused(CLOSING);
    await this.#take(key, webhook);
    return { accepted: true };
  }

  async #take(key: string, webhook: Webhook): Promise<void> {
    const { events, world } = this.#options;
    const queued = events.queue.touch(key);
    const present = this.#channels.get(key);
    if (present !== undefined) {
      await Promise.all([queued, present.replace(webhook)]);
      return;
    }
    const record = newRecord(webhook, world.wall());
    await Promise.all([queued, events.records.save(RECORD_KIND, key, writeRecord(record))]);
    if (!this.#isClosed) this.#start(key, record);
  }

  #start(key: string, record: WebhookRecord): void {
    const { events, world, hooks = {} } = this.#options;
    const onGone = (): void => {
      this.#channels.delete(key);
    };
    const clientFor = (webhook: Webhook): WebhookClient => this.#clientFor(webhook);
    const parts = { key, events, world, settings: this.#settings, hooks, clientFor, onGone };
    this.#channels.set(key, new WebhookChannel(parts, record));
  }

  #clientFor(webhook: Webhook): WebhookClient {
    const { world, ca, lookup } = this.#options;
    const { timeoutMs, publicOnly } = this.#settings;
    const trust = { ...(ca === undefined ? {} : { ca }), ...(lookup === undefined ? {} : { lookup }) };
    return webhookClient({ webhook, timeoutMs, publicOnly, world, ...trust });
  }

  /** One after another, for each key. */
  #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    const settled = done.catch(() => undefined);
    this.#turns.set(key, settled);
    void settled.then(() => {
      if (this.#turns.get(key) === settled) this.#turns.delete(key);
    });
    return done;
  }
}

const CLOSING = 'the connector is about to end';

/** Pelion's: "an empty JSON object". */
const EMPTY_MESSAGE = new TextEncoder().encode('{}');

function refused(reason: string): Registering {
  return { accepted: false, reason };
}
