/**
 * Writes what keys want to the disk: one record a key, once a turn of the event loop, however many changes there were.
 *
 *   changed, changed, changed ─► end of the turn ─► text of the key as it is then ─► on disk ─► all three resolve
 */
import type { ChannelRecords } from '../events/channel-records.ts';

export interface RecordWriterParts {
  readonly records: Pick<ChannelRecords, 'save' | 'delete'>;
  readonly kind: string;
  /** Undefined: there is nothing to be kept of the key. */
  readonly textOf: (key: string) => string | undefined;
}

export class RecordWriter {
  readonly #parts: RecordWriterParts;
  /** To begin at the end of this turn, and begun last. */
  readonly #due = new Map<string, Promise<void>>();
  readonly #begun = new Map<string, Promise<void>>();
  /** What memory has and the disk could not take. */
  readonly #unwritten = new Set<string>();

  constructor(parts: RecordWriterParts) {
    this.#parts = parts;
  }

  /** Resolves when it is on disk. StoreError STORE_DOWN: it is written with the key's next change, or when asked for again. */
  changed(key: string): Promise<void> {
    const due = this.#due.get(key) ?? this.#writeSoon(key);
    this.#due.set(key, due);
    return due;
  }

  /** Nothing new: resolves when all that has changed before is on disk. */
  async settled(key: string): Promise<void> {
    await (this.#unwritten.has(key) ? this.changed(key) : (this.#due.get(key) ?? this.#begun.get(key)));
  }

  async #writeSoon(key: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const writing = this.#write(key);
    this.#begun.set(key, writing);
    this.#due.delete(key);
    try {
      await writing;
      this.#unwritten.delete(key);
    } catch (error) {
      this.#unwritten.add(key);
      throw error;
    } finally {
      if (this.#begun.get(key) === writing) this.#begun.delete(key);
    }
  }

  #write(key: string): Promise<void> {
    const { records, kind, textOf } = this.#parts;
    const text = textOf(key);
    return text === undefined ? records.delete(kind, key) : records.save(kind, key, text);
  }
}
