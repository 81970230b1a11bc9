/**
 * One board's MQTT connection: a clean session of its own, under its own name, with a last will.
 *
 *   new ─► accepted ─► publish … publish ─► end (DISCONNECT: the broker drops the will)
 *                                       └─► cut (the socket is gone at once: the broker publishes the will)
 *
 * MQTT 3.1.1, which every broker speaks. A session is never taken up again and nothing is sent twice by itself: what was
 * not acknowledged is the caller's to publish again. What brokers and networks do is data here, not an exception.
 */
import type { Socket } from 'node:net';
import { type IClientOptions, MqttClient } from 'mqtt';
import type { Qos } from './options.ts';
import { KEEP_ALIVE_S } from './rules.ts';

const NOTHING = new Uint8Array();

/** Why there is no connection, or no acknowledgement. */
export type Failure =
  /** The broker answered the CONNECT with this return code (MQTT 3.1.1, section 3.2.2.3). */
  | { readonly kind: 'refused'; readonly code: number }
  /** No answer in time. */
  | { readonly kind: 'timeout' }
  /** The connection was cut when the answer arrived: the broker has done its work. */
  | { readonly kind: 'cut' }
  /** The other side closed the connection, and said nothing. */
  | { readonly kind: 'closed' }
  /** `reason` is a code of Node.js or OpenSSL, or what the MQTT client says of bytes that are no MQTT. */
  | { readonly kind: 'unreachable'; readonly reason: string };

export type Sent = { readonly kind: 'acknowledged' } | Failure;

export interface ConnectionOptions {
  readonly clientId: string;
  readonly topic: string;
  readonly qos: Qos;
  /** Published on the topic by the broker when the connection is lost. Absent: no will. */
  readonly will?: Uint8Array;
  readonly login?: { readonly user: string; readonly password: string };
  /** Milliseconds for each answer. */
  readonly timeoutMs: number;
  readonly socket: () => Socket;
}

export class Connection {
  /** Settles when the broker has answered: undefined when it accepted. */
  readonly accepted: Promise<Failure | undefined>;
  /** Settles when the connection is no more. */
  readonly closed: Promise<void>;
  readonly #options: ConnectionOptions;
  readonly #client: MqttClient;
  readonly #pending = new Set<(sent: Sent) => void>();
  #socket: Socket | undefined;
  #failure: Failure = { kind: 'closed' };
  #open = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Failure | undefined>();
    this.accepted = promise;
    const over = Promise.withResolvers<void>();
    this.closed = over.promise;
    this.#client = new MqttClient(() => {
      this.#socket = options.socket();
      return this.#socket;
    }, clientOptions(options));
    this.#client.on('connect', () => {
      this.#open = true;
      resolve(undefined);
    });
    this.#client.on('error', (error) => {
      this.#failure = failureOf(error);
      // Of an error in what it was sent, the client itself would go on.
      this.cut();
    });
    this.#client.on('close', () => {
      this.#open = false;
      resolve(this.#failure);
      for (const settle of this.#pending) settle(this.#failure);
      over.resolve();
    });
  }

  get open(): boolean {
    return this.#open;
  }

  /**
   * Publishes; acknowledged is with QoS 0 what the operating system has taken, with QoS 1 what a PUBACK and with QoS 2 what a
   * PUBCOMP came for. `cut`: the connection is cut at that moment, and nothing is acknowledged.
   */
  publish(payload: Uint8Array, { cut }: { readonly cut: boolean }): Promise<Sent> {
    if (!this.#open) return Promise.resolve(this.#failure);
    const { topic, qos, timeoutMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Sent>();
    this.#pending.add(resolve);
    const timer = setTimeout(() => {
      resolve({ kind: 'timeout' });
      // Nothing tells what a broker does with a message that it still has not answered: it gets a new connection.
      this.cut();
    }, timeoutMs);
    const done = (error?: Error | null): void => {
      if (error != null) resolve(failureOf(error));
      else resolve(cut ? { kind: 'cut' } : { kind: 'acknowledged' });
      if (cut) this.cut();
    };
    // The client calls back when it has handed the message on: an empty write comes after it.
    const written = (error?: Error | null): void => {
      if (error != null || this.#socket === undefined) done(error);
      else this.#socket.write(NOTHING, done);
    };
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    this.#client.publish(topic, bytes, { qos }, qos === 0 ? written : done);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#pending.delete(resolve);
    });
  }

  /** As if the board had lost its power: no DISCONNECT. */
  cut(): void {
    this.#open = false;
    this.#socket?.destroy();
  }

  /** DISCONNECT, after which the broker drops the will; resolves when the connection is closed. */
  async end(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const timer = setTimeout(() => this.cut(), this.#options.timeoutMs);
    await new Promise<void>((resolve) => this.#client.end(false, () => resolve()));
    clearTimeout(timer);
  }
}

function clientOptions({ clientId, topic, qos, will, login, timeoutMs }: ConnectionOptions): IClientOptions {
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
    ...(will === undefined ? {} : { will: { topic, payload: Buffer.from(will), qos, retain: false } }),
  };
}

function failureOf(error: Error & { code?: unknown }): Failure {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return { kind: 'closed' };
  if (typeof error.code === 'number') return { kind: 'refused', code: error.code };
  if (typeof error.code === 'string') return { kind: 'unreachable', reason: error.code };
  if (/timeout/i.test(error.message)) return { kind: 'timeout' };
  if (/closed/i.test(error.message)) return { kind: 'closed' };
  return { kind: 'unreachable', reason: error.message };
}
