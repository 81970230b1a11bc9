/**
 * Many changes, one transaction: what is asked for in one turn of the event loop goes to the disk together.
 *
 *   run(a), run(b), run(c) ─► end of the turn: BEGIN, a, b, c, `before`, COMMIT ─► all three resolve
 *                             (of a few turns, while many come)
 *
 * Going to the disk costs the same for one change as for a thousand, and while it goes there nothing else happens in this
 * process: so the more comes in, the larger the groups, by themselves.
 */
import type { DatabaseSync } from 'node:sqlite';
import { types } from 'node:util';
import { StoreError } from '../../protocol/errors.ts';

interface Work {
  readonly what: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupHooks {
  /** Runs within the transaction, after the changes. */
  readonly before: () => void;
  /** The transaction was rolled back: what is remembered of it is not so. */
  readonly undone: () => void;
}

/** In one turn; in one transaction; turns that one waits for the next. */
const [MANY, MOST, MOST_TURNS] = [16, 2_000, 16];

export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #hooks: GroupHooks;
  #waiting: Work[] = [];
  #isDue = false;
  #isClosed = false;

  constructor(db: DatabaseSync, hooks: GroupHooks) {
    this.#db = db;
    this.#hooks = hooks;
  }

  /**
   * Runs `what` (synchronous) in the next transaction, in the order of the calls, and resolves to what it returned when
   * that is on the disk. Called by another `what`, it joins the same transaction. StoreError STORE_DOWN if the file cannot
   * be written: nothing of the whole group has happened then.
   */
  run<T>(what: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#isClosed) reject(new StoreError('STORE_DOWN', "the connector's file is closed"));
    else this.#waiting.push({ what, resolve: resolve as (value: unknown) => void, reject });
    if (!this.#isDue && !this.#isClosed) {
      this.#isDue = true;
      setImmediate(() => this.#gather(0, 1));
    }
    return promise;
  }

  /** Writes what is waiting, at once; whatever is asked for afterwards is refused. */
  close(): void {
    this.#commit();
    this.#isClosed = true;
  }

  /** Commits, unless so much came in this turn that more is surely on its way: a turn reads some 32 datagrams, no more. */
  #gather(before: number, turns: number): void {
    const many = this.#waiting.length;
    if (many - before >= MANY && many < MOST && turns < MOST_TURNS) setImmediate(() => this.#gather(many, turns + 1));
    else this.#commit();
  }

  #commit(): void {
    const works = this.#waiting;
    if (works.length === 0) {
      this.#isDue = false;
      return;
    }
    let failed: { readonly error: unknown } | undefined;
    let results: unknown[] = [];
    try {
      results = this.#transaction(works);
    } catch (error) {
      failed = { error: asStoreError(error) };
    }
    this.#waiting = [];
    this.#isDue = false;
    works.forEach(({ resolve, reject }, index) => {
      if (failed === undefined) resolve(results[index]);
      else reject(failed.error);
    });
  }

  #transaction(works: readonly Work[]): unknown[] {
    const results: unknown[] = [];
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      // By index, because a work may add works.
      for (let index = 0; index < works.length; index++) results.push(works[index]!.what());
      this.#hooks.before();
      this.#db.exec('COMMIT');
      return results;
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#hooks.undone();
      throw error;
    }
  }
}

/** SQLite's own failures are the store's; anything else is a bug of ours and stays what it is. */
function asStoreError(error: unknown): unknown {
  if (!types.isNativeError(error) || !('code' in error)) return error;
  if (error.code !== 'ERR_SQLITE_ERROR' && error.code !== 'ERR_INVALID_STATE') return error;
  const problem = `the connector's file cannot be written: ${error.message}`;
  return new StoreError('STORE_DOWN', problem, 'Check disk space and permissions.', { cause: error });
}
