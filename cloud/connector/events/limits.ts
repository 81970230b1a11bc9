/**
 * What has to leave a key's queue unasked, within the transaction of an append or a take.
 *
 *   older than the lifetime ─► expired
 *   more bytes than the limit ─► values with a later one of the same board, path and boot, oldest first ─► superseded
 *                             └► if that is not enough: whatever is oldest ─► dropped
 *
 * What is held, that is on its way to the receiver, stays: sent again, it must be the same. It leaves when its newest has
 * expired, all of it at once. Source of the figures: Pelion Device Management's guide, "Event notification": 24 h, 50 MB,
 * oldest dropped first.
 */
import type { QueueEntry } from './queue-numbers.ts';
import type { QueueRows, Removed } from './queue-rows.ts';
import { Superseded } from './superseded.ts';

export interface QueueLimits {
  /** Of the events as they are sent. */
  readonly mostBytes: number;
  /** Milliseconds until an event that was not delivered is dropped. */
  readonly lifetimeMs: number;
}

/** Pelion's. */
export const DEFAULT_LIMITS: QueueLimits = { mostBytes: 50 * 1024 ** 2, lifetimeMs: 24 * 3_600_000 };

/** Lets go what is too old and not held. */
export function expire(entry: QueueEntry, rows: QueueRows, { lifetimeMs }: QueueLimits, lifeMs: number): void {
  const last = rows.lastBornBy(lifeMs - lifetimeMs, entry.id, entry.held);
  if (last !== undefined) entry.expired += leave(entry, rows.delete(entry.id, entry.held, last));
}

/** Lets go what is held if its newest is too old; whoever holds it is not sending it now. */
export function expireHeld(entry: QueueEntry, rows: QueueRows, { lifetimeMs }: QueueLimits, lifeMs: number): void {
  const born = entry.held === 0 ? undefined : rows.newestBorn(entry.id, entry.held);
  if (born === undefined || born > lifeMs - lifetimeMs) return;
  entry.expired += leave(entry, rows.delete(entry.id, 0, entry.held));
  entry.held = 0;
}

/** Makes room: afterwards the queue is within its limit, unless what is held alone is more. */
export function makeRoom(entry: QueueEntry, rows: QueueRows, { mostBytes }: QueueLimits): void {
  if (entry.bytes <= mostBytes) return;
  entry.places ??= placesOf(entry, rows);
  while (entry.bytes > mostBytes) {
    const superseded = entry.places.take(entry.held);
    const sequence = superseded ?? rows.oldest(entry.id, entry.held);
    if (sequence === undefined) return;
    const bytes = rows.deleteOne(entry.id, sequence);
    if (bytes === undefined) continue;
    entry[superseded === undefined ? 'dropped' : 'superseded'] += leave(entry, { events: 1, bytes });
  }
}

/** Keeps what is remembered of a queue near its limit in proportion to it, and forgets it well below. */
export function tidyPlaces(entry: QueueEntry, rows: QueueRows, { mostBytes }: QueueLimits): void {
  if (entry.bytes < mostBytes / 2) entry.places = undefined;
  entry.places?.tidy(entry.events, () => rows.oldest(entry.id) ?? entry.last + 1);
}

/** Takes what was removed off the queue's numbers; gives how many events it was. */
export function leave(entry: QueueEntry, { events, bytes }: Removed): number {
  entry.events -= events;
  entry.bytes -= bytes;
  return events;
}

/** One pass over the values that are queued. */
function placesOf(entry: QueueEntry, rows: QueueRows): Superseded {
  const places = new Superseded();
  for (const { sequence, subject, value, base } of rows.values(entry.id, entry.held)) {
    places.note(subject, sequence, value, base);
  }
  return places;
}
