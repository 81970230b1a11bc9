/** Transactions on the store's file, one after another, which other processes may contend for. */
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import { StoreError } from '../../protocol/errors.ts';
import { isBusy } from './busy.ts';

/** How long a transaction may wait, in the line and for other processes: below the 20 s after which a sender gives up. */
export const BUSY_LIMIT_MS = 15_000;

export class Writer {
  readonly #db: DatabaseSync;
  readonly #limitMs: number;
  readonly #undone: () => void;
  /** Settles when everything before it has. */
  #last: Promise<void> = Promise.resolve();

  /** `undone` is called when a transaction was rolled back. */
  constructor(db: DatabaseSync, limitMs: number, undone: () => void) {
    this.#db = db;
    this.#limitMs = limitMs;
    this.#undone = undone;
  }

  /**
   * Runs `work` in one transaction, in the order of the calls, and resolves to what it returns. `work` is synchronous:
   * nothing else of this process comes between. StoreError STORE_DOWN if the file cannot be had in time or written;
   * nothing has happened then.
   */
  transaction<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + this.#limitMs;
    const done = this.#last.then(() => this.#try(work, deadline));
    const settled = (): void => undefined;
    this.#last = done.then(settled, settled);
    return done;
  }

  async #try<T>(work: () => T, deadline: number): Promise<T> {
    for (;;) {
      try {
        return this.#attempt(work);
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw asStoreError(error);
      }
      await sleep(1 + 4 * Math.random());
    }
  }

  #attempt<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#undone();
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Runs a read; its failure is a StoreError too. */
export function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStoreError(error);
  }
}

/** SQLite's own failures are the store's; anything else is a bug of ours and stays what it is. */
function asStoreError(error: unknown): unknown {
  if (!types.isNativeError(error) || !('code' in error)) return error;
  if (error.code !== 'ERR_SQLITE_ERROR' && error.code !== 'ERR_INVALID_STATE') return error;
  return new StoreError('STORE_DOWN', `the local store failed: ${error.message}`, 'Check disk space and permissions.', {
    cause: error,
  });
}
