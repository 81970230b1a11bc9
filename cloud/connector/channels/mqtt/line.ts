/**
 * The connection to a broker, kept up: there as long as the broker is, tried again after 1, 2, 4 ... 30 s, for ever.
 *
 *   connect ─► open ─► lost ─► wait ─► connect ...
 */

import { describeFailure, type Failure } from '../../../protocol/mqtt/failure.ts';
import type { EventWorld } from '../../events/world.ts';
import { Connection } from './connection.ts';
import type { MqttSettings } from './settings.ts';
import type { MqttTarget } from './target.ts';

export interface LineParts {
  readonly target: MqttTarget;
  readonly world: EventWorld;
  readonly settings: MqttSettings;
  /** There is no connection, and why: told once, until there was one again or the reason is another. */
  readonly onLost: (why: string) => void;
}

export class BrokerLine {
  readonly #parts: LineParts;
  readonly #ended: Promise<void>;
  #connection: Connection | undefined;
  #opened = Promise.withResolvers<void>();
  #isStopped = false;
  #failures = 0;
  #nextAttemptMs: number | undefined;
  /** Ends a pause. */
  #wake: () => void = () => undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#ended = this.#run();
  }

  /** The connection, if it is open. */
  get connection(): Connection | undefined {
    return this.#connection?.isOpen === true ? this.#connection : undefined;
  }

  /** When it tries again, milliseconds since 1970. */
  get nextAttemptMs(): number | undefined {
    return this.#nextAttemptMs;
  }

  /** Resolves when there is a connection, or undefined when it was stopped. */
  async open(): Promise<Connection | undefined> {
    while (!this.#isStopped) {
      if (this.connection !== undefined) return this.connection;
      await this.#opened.promise;
    }
    return undefined;
  }

  /** The broker has acknowledged something: it is there, and the next failure is the first. */
  proved(): void {
    this.#failures = 0;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    this.#tellOpened();
    if (this.#connection?.isOpen === true) await this.#connection.end();
    else this.#connection?.cut();
    await this.#ended;
  }

  async #run(): Promise<void> {
    let told = '';
    while (!this.#isStopped) {
      const { target, world, settings } = this.#parts;
      const { broker, clientId } = target;
      const connection = new Connection({ broker, clientId, timeoutMs: settings.timeoutMs, world });
      this.#connection = connection;
      const refused = await connection.accepted;
      const since = world.now();
      if (refused === undefined && !this.#isStopped) {
        told = '';
        this.#tellOpened();
      }
      const failure = refused ?? (await connection.closed);
      this.#connection = undefined;
      if (this.#isStopped) return;
      if (refused === undefined && world.now() - since >= settings.longestWaitMs) this.#failures = 0;
      const why = describeFailure(failure);
      if (why !== told) this.#parts.onLost(why);
      told = why;
      await this.#pause(this.#waitMs(failure));
    }
  }

  #tellOpened(): void {
    this.#opened.resolve();
    this.#opened = Promise.withResolvers<void>();
  }

  /** After a cut that was asked for, the broker is there. */
  #waitMs({ kind }: Failure): number {
    if (kind === 'cut') return 0;
    this.#failures += 1;
    const { firstWaitMs, longestWaitMs } = this.#parts.settings;
    return Math.min(firstWaitMs * 2 ** (this.#failures - 1), longestWaitMs);
  }

  async #pause(ms: number): Promise<void> {
    if (ms === 0 || this.#isStopped) return;
    const { world } = this.#parts;
    this.#nextAttemptMs = world.wall() + ms;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = world.after(ms, resolve);
    this.#wake = resolve;
    await promise;
    timer.cancel();
    this.#nextAttemptMs = undefined;
  }
}
