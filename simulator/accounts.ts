/** The run's books: every press into the ledger, and how long it took until what carried it was acknowledged. */
import { createHistogram } from 'node:perf_hooks';
import { HOUR_MS, hourOf } from '../cloud/protocol/hour.ts';
import type { Untold } from './fleet/fleet.ts';
import type { Outgoing, Presses } from './fleet/outgoing.ts';
import type { LedgerWriter } from './ledger/writer.ts';
import type { MessageContext } from './links/webhook/message.ts';

export class Accounts {
  readonly #ledger: LedgerWriter;
  readonly #context: Pick<MessageContext, 'startMs' | 'name'>;
  /** Microseconds, whole, as a histogram wants them. */
  readonly #latency = createHistogram();
  /** The hour last asked for, so that its text is not made for each press. */
  #hour = { from: Number.NaN, text: '' };

  constructor(ledger: LedgerWriter, context: Pick<MessageContext, 'startMs' | 'name'>) {
    [this.#ledger, this.#context] = [ledger, context];
  }

  /** Events are about to leave: what they carry is told now. */
  carried(batch: readonly Outgoing[]): void {
    for (const item of batch) {
      if (item.kind !== 'value') continue;
      for (const presses of item.presses) this.#carried(item, presses, item.at);
    }
  }

  /** Presses that nothing carried although their board could have told them: pressed, and surely lost. */
  untold({ board, boot, presses }: Untold): void {
    this.#carried({ board, boot }, presses, presses.at);
  }

  /** Presses of a boot that is over. */
  died({ board, boot, presses }: Untold): void {
    this.#ledger.died({ ...this.#line(board, boot, presses), died: true });
  }

  /** Events were acknowledged at `elapsed` (milliseconds since the run began). */
  acknowledged(batch: readonly Outgoing[], elapsed: number): void {
    for (const item of batch) {
      if (item.kind !== 'value') continue;
      for (const { at, n } of item.presses) {
        // Presses told as one have no moment each.
        if (n === 1) this.#latency.record(Math.max(1, Math.round((elapsed - at) * 1_000)));
      }
    }
  }

  /** Milliseconds, to a tenth; 0 if nothing was acknowledged. */
  latencyMs(percentile: number): number {
    return this.#latency.count === 0 ? 0 : Math.round(this.#latency.percentile(percentile) / 100) / 10;
  }

  #carried({ board, boot }: { readonly board: number; readonly boot: number }, presses: Presses, at: number): void {
    this.#ledger.carried({ ...this.#line(board, boot, presses), hour: this.#hourAt(at) });
  }

  #line(board: number, boot: number, { at, value, n }: Presses) {
    const { startMs, name } = this.#context;
    const line = { ep: name(board), at: startMs + Math.floor(at), boot: startMs + boot, value };
    return n === 1 ? line : { ...line, n };
  }

  #hourAt(at: number): string {
    const ms = this.#context.startMs + Math.floor(at);
    if (!(ms >= this.#hour.from && ms < this.#hour.from + HOUR_MS)) {
      this.#hour = { from: ms - (ms % HOUR_MS), text: hourOf(ms) };
    }
    return this.#hour.text;
  }
}
