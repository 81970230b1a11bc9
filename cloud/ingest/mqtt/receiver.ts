/**
 * The MQTT receiver: subscribes to boards' topics, and acknowledges a message when the store has it.
 *
 *   broker ─ PUBLISH, QoS 1 ─► line (line.ts) ─► store ─► PUBACK
 *      └─ connection lost ─► again after 1, 2, 4 ... 30 s, for ever: the session is kept, and what was not acknowledged comes
 *
 * A message is a NotificationMessage, as a webhook's body: it says whose it is, the topic is not asked. What is not
 * understood is set aside and acknowledged. A message comes at least once: what that means for counts is in ../advance.ts.
 */
import type { Logger } from 'pino';
import { OutsideError } from '../../protocol/errors.ts';
import { describeFailure, type Failure, isOtherVersion } from '../../protocol/mqtt/failure.ts';
import { topicIn } from '../../protocol/mqtt/topic.ts';
import { BODY_LIMIT } from '../server.ts';
import type { Store } from '../store.ts';
import type { Broker } from './broker.ts';
import { type Accepted, Connection, describeGrant, type Message, type Version } from './connection.ts';
import { Line, MOST_TOGETHER, type Retry, retryMs } from './line.ts';
import type { MqttMetrics } from './metrics.ts';

export interface MqttReceiverOptions {
  readonly broker: Broker;
  /** The topic filter; checked already (protocol/mqtt/topic.ts). */
  readonly filter: string;
  /** Names the session: the same after a restart, and nobody else's. */
  readonly clientId: string;
  readonly store: Pick<Store, 'apply' | 'setAside'>;
  readonly metrics: MqttMetrics;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** The session is not kept after the end: what comes then is lost. */
  readonly endsSession?: boolean;
  /** Of connections, and of the store; 1 to 30 s if it is left out. */
  readonly retry?: Retry;
  /** Milliseconds for each answer of the broker. */
  readonly timeoutMs?: number;
}

export interface MqttReceiver {
  /**
   * Resolves when everything that the broker had acknowledged to its senders before is in the store; after a connection
   * was lost that is so of brokers alone that keep the order of what waited (Mosquitto does, aedes does not).
   */
  settled(): Promise<void>;
  /** Ends when what is under way to the store has ended. The session stays, and what comes for it waits at the broker. */
  close(): Promise<void>;
}

const RETRY: Retry = { firstMs: 1_000, longestMs: 30_000 };
const TIMEOUT_MS = 20_000;
const SAME_NAME = ', as some do when another client has the same client id';
const EMPTY_MESSAGE = new TextEncoder().encode('{}');

/** Resolves when it is subscribed. OutsideError SERVER if the broker cannot be had, or could lose messages. */
export async function openMqttReceiver(options: MqttReceiverOptions): Promise<MqttReceiver> {
  const receiver = new Receiver(options);
  await receiver.begin();
  return receiver;
}

type Opened = { readonly kind: 'opened'; readonly connection: Connection } | { readonly kind: 'not'; why: string };

class Receiver implements MqttReceiver {
  readonly #options: MqttReceiverOptions;
  readonly #retry: Retry;
  readonly #stop = new AbortController();
  readonly #line: Line;
  readonly #markers = new Map<string, () => void>();
  #version: Version = 5;
  #connection: Connection | undefined;
  /** A session was had, so that one that is gone took messages with it. */
  #hadSession = false;
  #running: Promise<void> | undefined;

  constructor(options: MqttReceiverOptions) {
    this.#options = options;
    this.#retry = options.retry ?? RETRY;
    const { store, metrics, log, sleep } = options;
    this.#line = new Line({
      ...{ deps: { store, metrics }, retry: this.#retry, sleep },
      onAside: (reasons) => log.warn({ items: reasons.length, reason: reasons[0] }, 'set aside'),
      onDown: (error, first) => {
        if (first) log.error({ err: error }, 'the store takes nothing: messages wait at the broker');
      },
      onUp: () => log.warn({}, 'the store takes messages again'),
    });
  }

  async begin(): Promise<void> {
    const opened = await this.#open();
    if (opened.kind === 'not') {
      await this.#line.close();
      const fix = 'Check its address, the certificates or login, and what they are allowed.';
      throw new OutsideError('SERVER', `the broker at ${this.#options.broker.text} ${opened.why}`, fix);
    }
    this.#running = this.#run(opened.connection);
  }

  async settled(): Promise<void> {
    const topic = topicIn(this.#options.filter, `mts-settled-${crypto.randomUUID()}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#markers.set(topic, resolve);
    let isSettled = false;
    void promise.then(() => {
      isSettled = true;
    });
    // It goes the way of the others, behind them. If the connection breaks, so that it is not known, once more.
    while (!this.#stop.signal.aborted && !isSettled) {
      const sent = (await this.#connection?.publish(topic, EMPTY_MESSAGE)) ?? false;
      if (sent) await Promise.race([promise, this.#connection?.closed]);
      if (!isSettled) await this.#pause(this.#retry.firstMs);
    }
    this.#markers.delete(topic);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#line.close();
    await this.#connection?.end();
    await this.#running;
    if (this.#options.endsSession !== true) return;
    // A clean one takes its place, and goes (MQTT 3.1.1, section 3.1.2.4).
    const [connection] = await this.#connect(this.#version, true);
    await connection.end();
  }

  async #run(first: Connection): Promise<void> {
    const { log, now, broker, metrics } = this.#options;
    let [failures, connection]: [number, Connection | undefined] = [0, first];
    let told = '';
    const tell = (why: string): void => {
      if (why !== told) log.warn({ broker: broker.text }, `the broker ${why}: trying again until it is there`);
      told = why;
    };
    while (!this.#stop.signal.aborted) {
      if (connection !== undefined) {
        const since = now();
        if (told !== '') log.warn({ broker: broker.text }, 'connected to the broker again');
        told = '';
        const failure = await connection.closed;
        metrics.connected(false);
        this.#line.tidy();
        if (this.#stop.signal.aborted) return;
        tell(`${describeFailure(failure)}${failure.kind === 'closed' ? SAME_NAME : ''}`);
        // A broker that accepts and hangs up at once is not there.
        if (now() - since >= this.#retry.longestMs) failures = 0;
      }
      failures += 1;
      await this.#pause(retryMs(failures, this.#retry));
      if (this.#stop.signal.aborted) return;
      const opened = await this.#open();
      connection = opened.kind === 'opened' ? opened.connection : undefined;
      if (opened.kind === 'not') tell(opened.why);
    }
  }

  /** Connects and subscribes; with MQTT 3.1.1 if the broker does not speak 5. */
  async #open(): Promise<Opened> {
    let [connection, accepted] = await this.#connect(this.#version);
    if (accepted.kind !== 'accepted' && this.#version === 5 && !this.#hadSession && isOtherVersion(accepted)) {
      [connection, accepted] = await this.#connect(4);
      if (accepted.kind === 'accepted') this.#version = 4;
    }
    if (accepted.kind !== 'accepted') return { kind: 'not', why: describeFailure(accepted) };
    this.#tellOfSession(accepted);
    const granted = await connection.subscribe(this.#options.filter);
    if (granted.kind !== 'granted' || granted.qos < 1) {
      await connection.end();
      const inexact = granted.kind === 'granted' ? ': counts would not be exact' : '';
      return { kind: 'not', why: `${describeGrant(granted)}${inexact}` };
    }
    this.#hadSession = true;
    this.#options.metrics.connected(true);
    return { kind: 'opened', connection };
  }

  async #connect(version: Version, clean = false): Promise<[Connection, Accepted | Failure]> {
    const { broker, clientId, timeoutMs = TIMEOUT_MS } = this.#options;
    const connection: Connection = new Connection({
      ...{ broker, clientId, version, clean, timeoutMs, mostUnderWay: MOST_TOGETHER },
      onMessage: (message) => this.#arrived(message, connection),
    });
    this.#connection = connection;
    const accepted = await connection.accepted;
    if (this.#stop.signal.aborted && !clean) connection.cut();
    return [connection, accepted];
  }

  #tellOfSession({ sessionPresent, forgetful }: Accepted): void {
    const { log, broker, clientId } = this.#options;
    if (this.#hadSession && !sessionPresent) {
      const what = 'the broker has forgotten the session: messages sent while it was away may be lost';
      log.warn({ broker: broker.text, clientId }, what);
    } else if (forgetful && !this.#hadSession) {
      log.warn({ broker: broker.text }, 'the broker keeps no sessions: what is sent while this is away is lost');
    }
  }

  #arrived({ topic, payload, packetId }: Message, connection: Connection): Promise<void> | undefined {
    const { metrics, log, now } = this.#options;
    const acknowledge = (): void => {
      if (packetId !== undefined) connection.acknowledge(packetId);
    };
    const isTooLarge = payload.byteLength > BODY_LIMIT;
    if (isTooLarge) log.error({ topic, bytes: payload.byteLength }, 'a message is too large to be kept: refused');
    return this.#line.add({
      // In its place in the line, as acknowledgements keep their order.
      payload: isTooLarge ? EMPTY_MESSAGE : payload,
      receivedAt: now(),
      isForgotten: () => packetId !== undefined && !connection.isOpen,
      acknowledge: () => {
        acknowledge();
        metrics.message(isTooLarge ? 'too_large' : 'taken');
        this.#markers.get(topic)?.();
      },
    });
  }

  async #pause(ms: number): Promise<void> {
    await this.#options.sleep(ms, this.#stop.signal).catch(() => undefined);
  }
}
