/**
 * One connection to a broker that messages are published by: a clean session, QoS 1, nothing retained, no last will.
 *
 * MQTT 3.1.1, which every broker speaks. Nothing is sent twice by itself. What brokers and networks do is data here.
 */
import type { Socket } from 'node:net';
import { type IClientOptions, MqttClient } from 'mqtt';
import type { World } from '../../../protocol/coap/world.ts';
import { type Failure, failureOf } from '../../../protocol/mqtt/failure.ts';
import type { MqttBroker } from './target.ts';

export type Published = { readonly kind: 'acknowledged' } | Failure;

export interface ConnectionOptions {
  readonly broker: MqttBroker;
  readonly clientId: string;
  /** For each answer. */
  readonly timeoutMs: number;
  readonly world: Pick<World, 'after'>;
}

const KEEP_ALIVE_S = 60;

export class Connection {
  /** Undefined: the broker accepted. */
  readonly accepted: Promise<Failure | undefined>;
  /** Resolves when the connection is no more. */
  readonly closed: Promise<Failure>;
  readonly #options: ConnectionOptions;
  readonly #client: MqttClient;
  readonly #pending = new Set<(published: Published) => void>();
  #socket: Socket | undefined;
  #failure: Failure = { kind: 'closed' };
  #isOpen = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Failure | undefined>();
    this.accepted = promise;
    const over = Promise.withResolvers<Failure>();
    this.closed = over.promise;
    this.#client = new MqttClient(() => {
      this.#socket = options.broker.socket();
      return this.#socket;
    }, clientOptions(options));
    this.#client.on('connect', () => {
      this.#isOpen = true;
      resolve(undefined);
    });
    this.#client.on('error', (error) => {
      this.#failure = failureOf(error);
      this.cut();
    });
    this.#client.on('close', () => {
      this.#isOpen = false;
      resolve(this.#failure);
      for (const settle of this.#pending) settle(this.#failure);
      over.resolve(this.#failure);
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves with its PUBACK. `cut`: the connection is cut at that moment, and nothing is acknowledged. */
  publish(topic: string, payload: Uint8Array, { cut }: { readonly cut: boolean }): Promise<Published> {
    if (!this.#isOpen) return Promise.resolve(this.#failure);
    const { promise, resolve } = Promise.withResolvers<Published>();
    this.#pending.add(resolve);
    const timer = this.#options.world.after(this.#options.timeoutMs, () => {
      this.#failure = { kind: 'timeout' };
      resolve(this.#failure);
      // Nothing tells what a broker does with a message that it still has not answered: it gets a new connection.
      this.cut();
    });
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    this.#client.publish(topic, bytes, { qos: 1, retain: false }, (error) => {
      if (error != null) return resolve(this.#failure);
      if (!cut) return resolve({ kind: 'acknowledged' });
      this.#failure = { kind: 'cut' };
      resolve(this.#failure);
      this.cut();
    });
    return promise.finally(() => {
      timer.cancel();
      this.#pending.delete(resolve);
    });
  }

  /** At once, without DISCONNECT. */
  cut(): void {
    this.#isOpen = false;
    this.#socket?.destroy();
  }

  /** DISCONNECT; resolves when the connection is closed. */
  async end(): Promise<void> {
    if (!this.#isOpen) return this.cut();
    this.#isOpen = false;
    const timer = this.#options.world.after(this.#options.timeoutMs, () => this.cut());
    await new Promise<void>((resolve) => this.#client.end(false, () => resolve()));
    timer.cancel();
  }
}

function clientOptions({ broker: { login }, clientId, timeoutMs }: ConnectionOptions): IClientOptions {
  return {
    clientId,
    clean: true,
    protocolVersion: 4,
    keepalive: KEEP_ALIVE_S,
    connectTimeout: timeoutMs,
    reconnectPeriod: 0,
    queueQoSZero: false,
    // The client's own would print logins when it is asked to by the environment.
    log: () => undefined,
    ...(login === undefined ? {} : { username: login.user, password: login.password }),
  };
}
