/**
 * The outbox of a store that numbers its changes: what lies beyond the number up to which everything was confirmed.
 *
 * The number is kept for each sink. Changes confirmed beyond one that was not are remembered while this runs; after a restart they
 * are told again, which does no harm.
 */
import type { Outbox, Pending } from '../../../ingest/outbox.ts';
import type { ChangeFeed } from '../../../ingest/store.ts';
import type { ForwardFile } from './file.ts';

export interface NumberedChange extends Pending {
  readonly mark: { readonly change: number };
}

/** A feed that tells each change's own number as well. */
export interface NumberedFeed extends Pick<ChangeFeed, 'now'> {
  /** Hours changed after `cursor`, in order of their numbers, at most `limit`. */
  numbered(cursor: number, limit: number): Promise<readonly NumberedChange[]>;
}

/** `sink` names the sink in the file. */
export function feedOutbox(feed: NumberedFeed, file: ForwardFile, sink: string): Outbox {
  return new FeedOutbox(feed, file, sink);
}

class FeedOutbox implements Outbox {
  readonly #feed: NumberedFeed;
  readonly #file: ForwardFile;
  readonly #sink: string;
  /** Everything up to it was confirmed. */
  #cursor: number | undefined;
  /** Confirmed beyond it. */
  readonly #beyond = new Set<number>();

  constructor(feed: NumberedFeed, file: ForwardFile, sink: string) {
    [this.#feed, this.#file, this.#sink] = [feed, file, sink];
  }

  async pending(limit: number): Promise<readonly Pending[]> {
    const cursor = await this.#where();
    const read = await this.#feed.numbered(cursor, limit + this.#beyond.size);
    return read.filter(({ mark }) => !this.#beyond.has(mark.change)).slice(0, limit);
  }

  async confirm(told: readonly Pending[]): Promise<void> {
    if (told.length === 0) return;
    const before = await this.#where();
    for (const { mark } of told) this.#beyond.add((mark as NumberedChange['mark']).change);
    const read = await this.#feed.numbered(before, this.#beyond.size + 1);
    // An hour that changed since is beyond all that was read: what it was is in nobody's way.
    const open = read.find(({ mark }) => !this.#beyond.has(mark.change));
    const upTo = open === undefined ? Math.max(...this.#beyond) : open.mark.change - 1;
    this.#keep(upTo);
  }

  async close(): Promise<void> {}

  async #where(): Promise<number> {
    if (this.#cursor !== undefined) return this.#cursor;
    const kept = Number(this.#file.sql.cursor.get(this.#sink)?.change ?? 0);
    // Beyond the newest: the store was put back to what it was before, or is another one.
    this.#cursor = kept > (await this.#feed.now()) ? 0 : kept;
    return this.#cursor;
  }

  #keep(cursor: number): void {
    if (cursor === this.#cursor) return;
    this.#file.transaction(() => this.#file.sql.putCursor.run(this.#sink, cursor));
    this.#cursor = cursor;
    for (const change of this.#beyond) if (change <= cursor) this.#beyond.delete(change);
  }
}
