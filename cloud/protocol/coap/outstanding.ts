/**
 * Confirmable messages that wait for their acknowledgement: sent again after doubling times, until they are acknowledged,
 * reset or given up (RFC 7252 §4.2).
 */
import type { CoapMessage } from './message.ts';
import { ackWaitMs, type TransmissionParameters } from './transmission.ts';
import type { Timer, World } from './world.ts';

export type Ending =
  /** The acknowledgement, which may be a response as well. */
  | { readonly how: 'acknowledged'; readonly message: CoapMessage }
  | { readonly how: 'reset' }
  /** MAX_RETRANSMIT times sent again, and nothing came. */
  | { readonly how: 'timeout' }
  /** `end()` was called. */
  | { readonly how: 'closed' };

interface Waiting {
  readonly bytes: Uint8Array;
  readonly random: number;
  readonly onEnd: (ending: Ending) => void;
  readonly mostAttempts: number;
  attempt: number;
  timer: Timer;
}

export class Outstanding {
  readonly #world: World;
  readonly #parameters: TransmissionParameters;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #byId = new Map<number, Waiting>();
  #resent = 0;

  constructor(world: World, parameters: TransmissionParameters, send: (bytes: Uint8Array) => void) {
    this.#world = world;
    this.#parameters = parameters;
    this.#send = send;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Times that a message was sent again. */
  get resent(): number {
    return this.#resent;
  }

  /**
   * Sends a confirmable message, again and again as need be; `onEnd` is called once. With `onceMs` it is sent once only,
   * and given up after so many milliseconds.
   */
  send(messageId: number, bytes: Uint8Array, onEnd: (ending: Ending) => void, onceMs?: number): void {
    const random = this.#world.random();
    const waitMs = onceMs ?? ackWaitMs(this.#parameters, 0, random);
    const timer = this.#world.after(waitMs, () => this.#again(messageId));
    const mostAttempts = onceMs === undefined ? this.#parameters.maxRetransmit : 0;
    this.#byId.set(messageId, { bytes, random, onEnd, mostAttempts, attempt: 0, timer });
    this.#send(bytes);
  }

  /** An ACK or RST that came; false if nothing waits for it. */
  settle(message: CoapMessage): boolean {
    const ending: Ending = message.type === 'RST' ? { how: 'reset' } : { how: 'acknowledged', message };
    return this.#finish(message.messageId, ending);
  }

  /** Has one wait no longer, without a word: its response came before its acknowledgement (§5.2.2). */
  drop(messageId: number): void {
    this.#byId.get(messageId)?.timer.cancel();
    this.#byId.delete(messageId);
  }

  /** Has them all wait no longer. */
  end(): void {
    for (const id of [...this.#byId.keys()]) this.#finish(id, { how: 'closed' });
  }

  #again(messageId: number): void {
    const waiting = this.#byId.get(messageId);
    if (waiting === undefined) return;
    if (waiting.attempt === waiting.mostAttempts) {
      this.#finish(messageId, { how: 'timeout' });
      return;
    }
    waiting.attempt += 1;
    this.#resent += 1;
    const waitMs = ackWaitMs(this.#parameters, waiting.attempt, waiting.random);
    waiting.timer = this.#world.after(waitMs, () => this.#again(messageId));
    this.#send(waiting.bytes);
  }

  #finish(messageId: number, ending: Ending): boolean {
    const waiting = this.#byId.get(messageId);
    if (waiting === undefined) return false;
    waiting.timer.cancel();
    this.#byId.delete(messageId);
    waiting.onEnd(ending);
    return true;
  }
}
