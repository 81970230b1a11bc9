/**
 * MQTT channels of a connector: keys whose events are published to a broker, as they were configured.
 *
 *   queue of the key ─► delivery (delivery.ts) ─ PUBLISH, QoS 1 ─► broker ─► `mts ingest --mqtt`, AWS IoT Core, anybody
 *
 * Unlike a webhook it is not registered by anybody and not given up: it is there as long as its words are. Topics are
 * `mbed/{endpoint}/notifications`, where simulated boards publish, too.
 */

import { TOPIC_TEMPLATE } from '../../../protocol/mqtt/topic.ts';
import type { Events } from '../../events/open.ts';
import type { QueueNumbers } from '../../events/queue-numbers.ts';
import type { EventWorld } from '../../events/world.ts';
import { Delivery } from './delivery.ts';
import type { MqttHooks } from './hooks.ts';
import { DEFAULT_SETTINGS, type MqttSettings } from './settings.ts';
import type { MqttTarget } from './target.ts';

export interface MqttChannelOptions {
  readonly events: Events;
  readonly world: EventWorld;
  /** One a key. */
  readonly targets: readonly MqttTarget[];
  readonly settings?: Partial<MqttSettings>;
  readonly hooks?: MqttHooks;
}

/** A channel for people: without anything that is secret. */
export interface MqttState {
  readonly key: string;
  readonly doing: string;
  /** The broker's. */
  readonly url: string;
  readonly topic: string;
  readonly connected: boolean;
  /** Events that no message could hold. */
  readonly tooLarge: number;
  readonly sinceMs: number;
  readonly lastError?: { readonly atMs: number; readonly text: string };
  readonly lastSuccessMs?: number;
  readonly nextAttemptMs?: number;
  readonly queue: QueueNumbers | undefined;
}

interface Channel {
  readonly target: MqttTarget;
  readonly delivery: Delivery;
}

export class MqttChannel {
  readonly #events: Events;
  readonly #settings: MqttSettings;
  readonly #sinceMs: number;
  readonly #channels = new Map<string, Channel>();

  /** Begins to deliver. RangeError for two targets of one key: a queue has one taker. */
  constructor({ events, world, targets, settings = {}, hooks = {} }: MqttChannelOptions) {
    this.#events = events;
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
    this.#sinceMs = world.wall();
    if (new Set(targets.map(({ key }) => key)).size < targets.length) {
      throw new RangeError('two MQTT targets have one key');
    }
    for (const target of targets) {
      const { key } = target;
      events.queue.touch(key).catch((error: unknown) => hooks.onProblem?.(key, error));
      const delivery = new Delivery({ target, events, world, settings: this.#settings, hooks });
      this.#channels.set(key, { target, delivery });
    }
  }

  keys(): readonly string[] {
    return [...this.#channels.keys()];
  }

  /** Publishes the key's events no more, and throws away what is queued. False: there was none. */
  async remove(key: string): Promise<boolean> {
    const channel = this.#channels.get(key);
    if (channel === undefined) return false;
    this.#channels.delete(key);
    await channel.delivery.stop(0);
    await this.#events.queue.forget(key);
    return true;
  }

  state(key: string): MqttState | undefined {
    const channel = this.#channels.get(key);
    if (channel === undefined) return undefined;
    const { target, delivery } = channel;
    const { doing, isConnected, tooLarge, lastError, lastSuccessMs, nextAttemptMs } = delivery;
    return {
      ...{ key, doing, url: target.broker.text, topic: target.topic ?? TOPIC_TEMPLATE, connected: isConnected },
      ...{ tooLarge, sinceMs: this.#sinceMs },
      ...(lastError === undefined ? {} : { lastError }),
      ...(lastSuccessMs === undefined ? {} : { lastSuccessMs }),
      ...(nextAttemptMs === undefined ? {} : { nextAttemptMs }),
      queue: this.#events.queue.numbers(key),
    };
  }

  states(): MqttState[] {
    return this.keys().flatMap((key) => this.state(key) ?? []);
  }

  /** Ends in good order; what is queued stays. */
  async close(): Promise<void> {
    await Promise.all([...this.#channels.values()].map(({ delivery }) => delivery.stop(this.#settings.graceMs)));
  }
}
