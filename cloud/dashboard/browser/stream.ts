/** The live stream: follows /api/live, comes back after every break, and says how it stands. */
import type { LiveCounts } from '../answer.ts';

export type StreamState = 'live' | 'reconnecting' | 'lost';

export interface StreamEvents {
  counts(counts: LiveCounts, cursor: number): void;
  /** A new hour began, or the cursor means nothing any more: load everything anew. */
  stale(): void;
  state(state: StreamState): void;
}

/** Milliseconds until it connects again after a refusal; a mere break the browser mends by itself. */
const AGAIN_MS = 2_000;
/** Milliseconds without a connection after which it is called lost. It is still tried. */
const LOST_MS = 20_000;

export class Stream {
  readonly #address: URL;
  readonly #events: StreamEvents;
  #source: EventSource | undefined;
  #cursor = -1;
  #again: number | undefined;
  #lost: number | undefined;

  /** `address` is that of /api/live. */
  constructor(address: URL, events: StreamEvents) {
    this.#address = address;
    this.#events = events;
  }

  /** Tells everything after `cursor`: goes back if it was farther already, goes on otherwise. */
  follow(cursor: number): void {
    if (this.#source !== undefined && cursor >= this.#cursor) return;
    this.#cursor = cursor;
    this.#connect();
  }

  #connect(): void {
    this.#source?.close();
    clearTimeout(this.#again);
    const address = new URL(this.#address);
    address.searchParams.set('cursor', String(this.#cursor));
    const source = new EventSource(address);
    this.#source = source;
    source.addEventListener('open', () => this.#opened());
    source.addEventListener('error', () => this.#broken(source));
    source.addEventListener('message', (event) => {
      this.#cursor = Number(event.lastEventId);
      this.#events.counts(JSON.parse(event.data), this.#cursor);
    });
    source.addEventListener('hour', () => this.#events.stale());
    source.addEventListener('reset', (event) => {
      this.#cursor = Number(event.lastEventId);
      this.#events.stale();
    });
  }

  #opened(): void {
    const wasBroken = this.#lost !== undefined;
    clearTimeout(this.#lost);
    this.#lost = undefined;
    this.#events.state('live');
    // Counts are told again after a break, but not that an hour began meanwhile.
    if (wasBroken) this.#events.stale();
  }

  #broken(source: EventSource): void {
    if (source !== this.#source) return;
    if (this.#lost === undefined) {
      this.#events.state('reconnecting');
      this.#lost = setTimeout(() => this.#events.state('lost'), LOST_MS);
    }
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#connect(), AGAIN_MS);
    }
  }
}
