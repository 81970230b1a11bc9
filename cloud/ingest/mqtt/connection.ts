/**
 * One connection to a broker, in a session that outlives it: what is published meanwhile waits at the broker.
 *
 *   CONNECT ─► accepted ─► message … ─► acknowledge … ─► end │ cut
 *
 * Nothing is acknowledged by itself: `acknowledge` sends a PUBACK when its caller says so. It speaks MQTT 5, where a
 * session's life and the messages under way can be said, or 3.1.1. Nothing is tried again here.
 */
import type { Socket } from 'node:net';
import { type IClientOptions, type IConnackPacket, type IPublishPacket, MqttClient } from 'mqtt';
import { describeFailure, type Failure, failureOf } from '../../protocol/mqtt/failure.ts';
import type { Broker } from './broker.ts';

export type Version = 4 | 5;

export interface ConnectionOptions {
  readonly broker: Broker;
  readonly clientId: string;
  /** As in a CONNECT: 4 is MQTT 3.1.1. */
  readonly version: Version;
  /** Without a session: one that was there before is thrown away. */
  readonly clean?: boolean;
  /** Messages that the broker may have under way; only MQTT 5 can tell it. */
  readonly mostUnderWay: number;
  /** Milliseconds for each answer. */
  readonly timeoutMs: number;
  /** The next message is read when what it returns has resolved. */
  readonly onMessage: (message: Message) => Promise<void> | undefined;
}

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** To acknowledge it by; undefined: QoS 0, which nobody acknowledges. */
  readonly packetId: number | undefined;
}

export interface Accepted {
  readonly kind: 'accepted';
  /** The broker still had the session. */
  readonly sessionPresent: boolean;
  /** The broker will not keep it. */
  readonly forgetful: boolean;
}

/** A QoS of the broker's, or that it refused. */
export type Granted = { readonly kind: 'granted'; readonly qos: number } | { readonly kind: 'denied' } | Failure;

/** Seconds that a session without a connection is kept: the most that AWS IoT Core does. */
const SESSION_S = 7 * 24 * 3_600;
const KEEP_ALIVE_S = 60;
const DENIED = 0x80;
/** mqtt.js acknowledges by itself what its handler returns without an error from. */
const NOT_YET = new Error('acknowledged later');

export class Connection {
  readonly accepted: Promise<Accepted | Failure>;
  /** Resolves when the connection is no more. */
  readonly closed: Promise<Failure>;
  readonly #options: ConnectionOptions;
  readonly #client: MqttClient;
  #socket: Socket | undefined;
  #failure: Failure = { kind: 'closed' };
  #isOpen = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Accepted | Failure>();
    this.accepted = promise;
    const over = Promise.withResolvers<Failure>();
    this.closed = over.promise;
    this.#client = new MqttClient(() => {
      this.#socket = options.broker.socket();
      return this.#socket;
    }, clientOptions(options));
    this.#client.handleMessage = ({ topic, payload, qos, messageId }: IPublishPacket, done) => {
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
      const room = options.onMessage({ topic, payload: bytes, packetId: qos === 0 ? undefined : messageId });
      if (room === undefined) done(NOT_YET);
      else void room.then(() => done(NOT_YET));
    };
    this.#client.on('connect', (packet) => {
      this.#isOpen = true;
      resolve(acceptedBy(packet));
    });
    this.#client.on('disconnect', ({ reasonCode = 0 }) => {
      this.#failure = { kind: 'dismissed', code: reasonCode };
    });
    this.#client.on('error', (error) => {
      this.#failure = failureOf(error);
      this.cut();
    });
    this.#client.on('close', () => {
      this.#isOpen = false;
      resolve(this.#failure);
      over.resolve(this.#failure);
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** With QoS 1. */
  async subscribe(filter: string): Promise<Granted> {
    const asked = this.#client.subscribeAsync(filter, { qos: 1 }).then(
      ([granted]): Granted => {
        if (granted === undefined || granted.qos >= DENIED) return { kind: 'denied' };
        return { kind: 'granted', qos: granted.qos };
      },
      (error: Error & { code?: unknown }): Granted => {
        return Number(error.code) >= DENIED || /subscribe error/i.test(error.message)
          ? { kind: 'denied' }
          : this.#failure;
      },
    );
    return await this.#inTime(asked);
  }

  /** With QoS 1; false if the broker did not acknowledge it. */
  async publish(topic: string, payload: Uint8Array): Promise<boolean> {
    const { buffer, byteOffset, byteLength } = payload;
    const asked = this.#client.publishAsync(topic, Buffer.from(buffer, byteOffset, byteLength), { qos: 1 });
    const answer = await this.#inTime(asked.then(() => undefined).catch(() => this.#failure));
    return answer === undefined;
  }

  /** A PUBACK: the same four bytes in MQTT 3.1.1 and, for success, in MQTT 5 (section 3.4). */
  acknowledge(packetId: number): void {
    if (this.#isOpen) this.#socket?.write(Buffer.of(0x40, 2, packetId >> 8, packetId & 0xff));
  }

  /** As if the power had failed. */
  cut(): void {
    this.#isOpen = false;
    this.#socket?.destroy();
  }

  /** DISCONNECT; the session stays. */
  async end(): Promise<void> {
    if (!this.#isOpen) return this.cut();
    this.#isOpen = false;
    const timer = setTimeout(() => this.cut(), this.#options.timeoutMs);
    await new Promise<void>((resolve) => this.#client.end(false, () => resolve()));
    clearTimeout(timer);
  }

  /** A broker that does not answer is cut off. */
  async #inTime<T>(asked: Promise<T>): Promise<T | Failure> {
    const timeout = Promise.withResolvers<Failure>();
    const timer = setTimeout(() => {
      this.#failure = { kind: 'timeout' };
      timeout.resolve(this.#failure);
      this.cut();
    }, this.#options.timeoutMs);
    try {
      return await Promise.race([asked, timeout.promise, this.closed]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function acceptedBy(packet: IConnackPacket): Accepted {
  const expiry = packet.properties?.sessionExpiryInterval;
  return { kind: 'accepted', sessionPresent: packet.sessionPresent, forgetful: expiry === 0 };
}

function clientOptions(options: ConnectionOptions): IClientOptions {
  const { broker, clientId, version, clean = false, mostUnderWay, timeoutMs } = options;
  const { login } = broker;
  const sessionExpiryInterval = clean ? 0 : SESSION_S;
  return {
    clientId,
    clean,
    protocolVersion: version,
    keepalive: KEEP_ALIVE_S,
    connectTimeout: timeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    // The client's own would print logins when it is asked to by the environment.
    log: () => undefined,
    ...(version === 5 ? { properties: { sessionExpiryInterval, receiveMaximum: mostUnderWay } } : {}),
    ...(login === undefined ? {} : { username: login.user, password: login.password }),
  };
}

/** For people: what became of a subscription that is not as it should be. */
export function describeGrant(granted: Granted): string {
  if (granted.kind === 'denied') return 'does not let this client subscribe to the topic';
  if (granted.kind === 'granted') return `grants QoS ${granted.qos} only, by which messages can be lost`;
  return describeFailure(granted);
}
