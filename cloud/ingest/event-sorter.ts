/** Gathers a message's elements into the events of each endpoint, registrations first. */
import { FormatError } from '../protocol/errors.ts';
import type { EndpointData, NotificationData, Stamp } from '../protocol/notification/message.ts';
import { counterOf } from '../protocol/payload/counter.ts';
import type { CounterEvent, EndpointEvents } from './events.ts';

/** A timestamp further ahead of its receipt than this is wrong; a clock may be a little off. */
export const AHEAD_MS = 5 * 60_000;
/** Mbed began in 2009: a smaller number is seconds, or an uptime. */
export const EARLIEST_MS = Date.UTC(2009, 0, 1);

/** Why a store cannot keep an endpoint of this name; undefined if it can. */
export type NameRefusal = (endpoint: string) => string | undefined;

export class EventSorter {
  /** Timestamps that were no plausible time: the events count at their receipt. */
  timestampsReplaced = 0;
  readonly #events = new Map<string, CounterEvent[]>();
  readonly #body: string;
  readonly #receivedAt: number;
  readonly #refusal: NameRefusal;

  constructor(body: string, receivedAt: number, refusal: NameRefusal = () => undefined) {
    [this.#body, this.#receivedAt, this.#refusal] = [body, receivedAt, refusal];
  }

  /** Call it for every registration before the first notification: one body has no order between its arrays. */
  addRegistration(registration: EndpointData): void {
    if (this.#refusal(registration.ep) !== undefined) return;
    this.#of(registration.ep).push({ kind: 'registration', ...this.#stamp(registration) });
  }

  /** Why the value was not understood, or cannot be kept, if so. A path that tells no counter is passed over. */
  addNotification(notification: NotificationData): string | undefined {
    const value = counterOrError(notification);
    if (value instanceof FormatError) return value.message;
    if (value === undefined) return undefined;
    const refused = this.#refusal(notification.ep);
    if (refused !== undefined) return refused;
    this.#of(notification.ep).push({ kind: 'value', value, ...this.#stamp(notification) });
    return undefined;
  }

  batch(): EndpointEvents[] {
    const batch: EndpointEvents[] = [];
    for (const [endpoint, events] of this.#events) {
      batch.push({ endpoint, body: this.#body, receivedAt: this.#receivedAt, events });
    }
    return batch;
  }

  #of(endpoint: string): CounterEvent[] {
    let events = this.#events.get(endpoint);
    if (events === undefined) {
      events = [];
      this.#events.set(endpoint, events);
    }
    return events;
  }

  #stamp({ boot, uid, timestamp }: Stamp): { boot?: number; uid?: string; timestamp?: number } {
    const stamp: { boot?: number; uid?: string; timestamp?: number } = {};
    if (boot !== undefined) stamp.boot = boot;
    if (uid !== undefined) stamp.uid = uid;
    if (timestamp === undefined) return stamp;
    // Written so that NaN, a timestamp that could not be read, is not plausible either.
    if (timestamp >= EARLIEST_MS && timestamp <= this.#receivedAt + AHEAD_MS) stamp.timestamp = timestamp;
    else this.timestampsReplaced += 1;
    return stamp;
  }
}

function counterOrError(notification: NotificationData): number | undefined | FormatError {
  try {
    return counterOf(notification);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}
