/**
 * The books of boards that speak for themselves: which of their presses were told, and to whom that is known.
 *
 *   press ─► pending ─┬─ acknowledged, or the board still holds it at the end ─► carried
 *                     └─ its boot ended ─┬─ it was on the wire ─► died, maybe: nobody can know whether it was counted
 *                                        └─ it never was ─► died
 */
import { createHistogram } from 'node:perf_hooks';
import { hourOf } from '../../cloud/protocol/hour.ts';
import type { Presses } from '../fleet/outgoing.ts';
import type { LedgerWriter } from '../ledger/writer.ts';

/** Presses of one board's present boot that nothing acknowledged yet, oldest first. */
export class Pending {
  /** Milliseconds since 1970. */
  boot = 0;
  presses: Presses[] = [];
  /** So many of them were on the wire. */
  sent = 0;
  /** So many of them were in the answer to a read. */
  answered = 0;

  /** How many presses that is. */
  get sum(): number {
    return this.presses.reduce((sum, { n }) => sum + n, 0);
  }

  /** How many of them a value tells of: all up to that which left the counter there. */
  toldBy(value: number): number {
    return this.presses.findLastIndex((one) => one.value === value) + 1;
  }

  take(many: number): Presses[] {
    const taken = this.presses.slice(0, many);
    this.presses = this.presses.slice(many);
    this.sent = Math.max(0, this.sent - many);
    this.answered = Math.max(0, this.answered - many);
    return taken;
  }
}

export class Books {
  readonly #ledger: LedgerWriter;
  /** The time of day, milliseconds since 1970. */
  readonly #wall: () => number;
  /** From a press to its acknowledgement: microseconds, whole. */
  readonly latency = createHistogram();
  acknowledged = 0;
  maybe = 0;

  constructor(ledger: LedgerWriter, wall: () => number) {
    [this.#ledger, this.#wall] = [ledger, wall];
  }

  /** A value was acknowledged: what it tells of is counted somewhere. */
  acknowledge(ep: string, pending: Pending, value: number): void {
    this.acknowledged += 1;
    const now = this.#wall();
    for (const presses of pending.take(pending.toldBy(value))) {
      this.#carried(ep, pending, presses, now);
      // Presses told as one have no moment each.
      if (presses.n === 1) this.latency.record(Math.max(1, Math.round((now - presses.at) * 1_000)));
    }
  }

  /** The board is there at the end, and holds them. */
  held(ep: string, pending: Pending): void {
    const now = this.#wall();
    for (const presses of pending.take(pending.presses.length)) this.#carried(ep, pending, presses, now);
  }

  /** Their boot is over. */
  died(ep: string, pending: Pending): void {
    const known = Math.max(pending.sent, pending.answered);
    pending.presses.forEach(({ at, value, n }, index) => {
      const isMaybe = index < known;
      if (isMaybe) this.maybe += n;
      const line = { ep, at, boot: pending.boot, value, died: true as const, ...(n === 1 ? {} : { n }) };
      this.#ledger.died(isMaybe ? { ...line, maybe: true } : line);
    });
    Object.assign(pending, { presses: [], sent: 0, answered: 0 });
  }

  #carried(ep: string, { boot }: Pending, { at, value, n }: Presses, now: number): void {
    this.#ledger.carried({ ep, at, boot, value, hour: hourOf(now), ...(n === 1 ? {} : { n }) });
  }
}
