/**
 * Publishes one key's queue: batch after batch, acknowledged to the queue when all of its messages are to us.
 *
 *   next batch ─► messages by endpoint ─► endpoints at once, each one's in order ─► all PUBACKs ─► acknowledged
 *                                            └─ connection lost: what is left of the same batch, by the next connection
 *
 * A message may come twice, never not at all; after a restart those of the last batch come again.
 */
import { TOPIC_TEMPLATE, topicFor } from '../../../protocol/mqtt/topic.ts';
import type { Events } from '../../events/open.ts';
import type { Batch } from '../../events/queue.ts';
import type { EventWorld } from '../../events/world.ts';
import type { Connection, Published } from './connection.ts';
import type { MqttHooks } from './hooks.ts';
import { BrokerLine } from './line.ts';
import { messagesOf } from './messages.ts';
import type { MqttSettings } from './settings.ts';
import type { MqttTarget } from './target.ts';

export interface DeliveryParts {
  readonly target: MqttTarget;
  readonly events: Events;
  readonly world: EventWorld;
  readonly settings: MqttSettings;
  readonly hooks: MqttHooks;
}

/** What is left of a batch, for an endpoint. */
interface Lane {
  readonly topic: string;
  readonly payloads: Uint8Array[];
  /** Attempts with the first of them. */
  tries: number;
}

interface Progress {
  readonly queue: number;
  readonly first: number;
  lanes: Lane[];
}

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #line: BrokerLine;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #progress: Progress | undefined;
  #isSending = false;
  #lastError: { readonly atMs: number; readonly text: string } | undefined;
  #lastSuccessMs: number | undefined;
  #tooLarge = 0;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    const { target, world, settings, hooks } = parts;
    this.#line = new BrokerLine({
      ...{ target, world, settings },
      onLost: (why) => {
        this.#failed(`the broker ${why}`);
        hooks.onLost?.(target.key, why);
      },
    });
    this.#ended = this.#run();
  }

  get isConnected(): boolean {
    return this.#line.connection !== undefined;
  }

  get doing(): 'waiting for events' | 'sending' | 'waiting to try again' | 'connecting' {
    if (this.#line.nextAttemptMs !== undefined) return 'waiting to try again';
    if (!this.isConnected) return 'connecting';
    return this.#isSending ? 'sending' : 'waiting for events';
  }

  get nextAttemptMs(): number | undefined {
    return this.#line.nextAttemptMs;
  }

  get lastError(): { readonly atMs: number; readonly text: string } | undefined {
    return this.#lastError;
  }

  get lastSuccessMs(): number | undefined {
    return this.#lastSuccessMs;
  }

  /** Events that were passed over. */
  get tooLarge(): number {
    return this.#tooLarge;
  }

  /** Ends after the batch under way, but no later than in `graceMs`. What is queued stays. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#parts.world.after(graceMs, resolve);
    if (this.#isSending && this.isConnected && graceMs > 0) await Promise.race([this.#ended, promise]);
    timer.cancel();
    await this.#line.stop();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { target, events, hooks } = this.#parts;
    while (!this.#stop.signal.aborted) {
      try {
        const connection = await this.#line.open();
        if (connection === undefined) return;
        // While nothing is there to be sent, it is of no interest whether the connection stays.
        const batch = await events.queue.next(target.key, this.#want, this.#stop.signal);
        if (batch !== undefined) await this.#deliver(batch);
      } catch (error) {
        hooks.onProblem?.(target.key, error);
        await this.#patience();
      }
    }
  }

  get #want() {
    const { batchItems, batchBytes } = this.#parts.settings;
    return { mostItems: batchItems, mostBytes: batchBytes };
  }

  async #deliver(batch: Batch): Promise<void> {
    const { target, events, world } = this.#parts;
    const connection = this.#line.connection;
    if (connection === undefined) return;
    const progress = this.#begun(batch);
    this.#isSending = true;
    try {
      await this.#publishAll(progress, batch, connection);
      if (progress.lanes.length > 0) return;
      await events.queue.acknowledge(target.key, batch);
      this.#progress = undefined;
      this.#lastSuccessMs = world.wall();
    } finally {
      this.#isSending = false;
    }
  }

  /** What is left of this batch: all of it, unless it was begun by a connection that was lost. */
  #begun({ queue, first, events }: Batch): Progress {
    const before = this.#progress;
    if (before?.queue === queue && before.first === first) return before;
    const { target, settings, hooks } = this.#parts;
    const { key, topic: template = TOPIC_TEMPLATE, dialect = 'connector' } = target;
    const messages = messagesOf(events, { dialect, mostBytes: settings.mostBytes });
    const lanes = messages.map(({ endpoint, payloads }) => {
      return { topic: topicFor(template, endpoint, settings.mostTopicBytes), payloads: [...payloads], tries: 0 };
    });
    const tooLarge = messages.reduce((sum, one) => sum + one.tooLarge, 0);
    if (tooLarge > 0) {
      this.#tooLarge += tooLarge;
      this.#failed(`${tooLarge} events are longer than ${settings.mostBytes} bytes: passed over`);
      hooks.onTooLarge?.(key, tooLarge);
    }
    this.#progress = { queue, first, lanes: lanes.filter(({ payloads }) => payloads.length > 0) };
    return this.#progress;
  }

  /** Several lanes at once; those that are done are gone from the progress. */
  async #publishAll(progress: Progress, batch: Batch, connection: Connection): Promise<void> {
    const lanes = [...progress.lanes];
    const next = async (): Promise<void> => {
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        if (!(await this.#publishLane(lane, batch, connection))) return;
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#parts.settings.mostUnderWay, lanes.length) }, next));
    progress.lanes = progress.lanes.filter(({ payloads }) => payloads.length > 0);
  }

  /** False: the connection was lost. */
  async #publishLane(lane: Lane, batch: Batch, connection: Connection): Promise<boolean> {
    const { target, hooks } = this.#parts;
    const { queue: _, first, through, events } = batch;
    for (let payload = lane.payloads[0]; payload !== undefined; payload = lane.payloads[0]) {
      if (!connection.isOpen) return false;
      const { topic, tries } = lane;
      const attempt = { key: target.key, first, through, events: events.length, tries, topic };
      const { concurrent, lostAnswer, redeliver } = hooks.before?.(attempt) ?? {};
      lane.tries += 1;
      const sending = [connection.publish(topic, payload, { cut: lostAnswer === true })];
      if (concurrent === true) sending.push(connection.publish(topic, payload, { cut: false }));
      if (!(await Promise.all(sending)).every(isAcknowledged)) return false;
      this.#line.proved();
      lane.payloads.shift();
      lane.tries = 0;
      // Whatever comes of it: the message was acknowledged already.
      if (redeliver === true) await connection.publish(topic, payload, { cut: false });
    }
    return true;
  }

  #failed(text: string): void {
    this.#lastError = { atMs: this.#parts.world.wall(), text };
  }

  async #patience(): Promise<void> {
    const { world, settings } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = world.after(settings.firstWaitMs, resolve);
    this.#stop.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    timer.cancel();
  }
}

function isAcknowledged({ kind }: Published): boolean {
  return kind === 'acknowledged';
}
