/** Events of queues that were forgotten: deleted a few thousand at a time, so that nothing else has to wait. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { StoreError } from '../../protocol/errors.ts';
import type { GroupCommit } from './group-commit.ts';

const AT_ONCE = 5_000;

export class Leftovers {
  readonly #commit: GroupCommit;
  readonly #first: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteQueue: StatementSync;
  #isSweeping = false;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#first = db.prepare('SELECT id FROM queue WHERE name IS NULL LIMIT 1');
    this.#delete = db.prepare(
      `DELETE FROM event WHERE queue = ?1 AND sequence IN
        (SELECT sequence FROM event WHERE queue = ?1 ORDER BY sequence LIMIT ${AT_ONCE})`,
    );
    this.#deleteQueue = db.prepare('DELETE FROM queue WHERE id = ?');
  }

  /** Deletes all of them. Resolves when they are gone, or cannot be: they are found again at the next start. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      while (await this.#commit.run(() => this.#some()));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    } finally {
      this.#isSweeping = false;
    }
  }

  /** False: there was nothing left. */
  #some(): boolean {
    const queue = this.#first.get();
    if (queue === undefined) return false;
    const id = Number(queue.id);
    if (Number(this.#delete.run(id).changes) < AT_ONCE) this.#deleteQueue.run(id);
    return true;
  }
}
