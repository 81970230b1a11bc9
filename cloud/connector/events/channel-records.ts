/** What channels want to know again after a restart: one text a key and kind of channel, whose form is the channel's own. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { GroupCommit } from './group-commit.ts';

export class ChannelRecords {
  readonly #commit: GroupCommit;
  readonly #select: StatementSync;
  readonly #selectOne: StatementSync;
  readonly #save: StatementSync;
  readonly #delete: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#select = db.prepare('SELECT name, record FROM channel WHERE kind = ? ORDER BY name');
    this.#selectOne = db.prepare('SELECT record FROM channel WHERE kind = ? AND name = ?');
    this.#save = db.prepare('INSERT INTO channel VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record');
    this.#delete = db.prepare('DELETE FROM channel WHERE kind = ? AND name = ?');
  }

  /** All of a kind, by key. */
  load(kind: string): Map<string, string> {
    return new Map(this.#select.all(kind).map(({ name, record }) => [String(name), String(record)]));
  }

  get(kind: string, key: string): string | undefined {
    const row = this.#selectOne.get(kind, key);
    return row === undefined ? undefined : String(row.record);
  }

  /** Resolves when it is on disk, with what else was asked for in the same turn. */
  async save(kind: string, key: string, record: string): Promise<void> {
    await this.#commit.run(() => this.#save.run(kind, key, record));
  }

  async delete(kind: string, key: string): Promise<void> {
    await this.#commit.run(() => this.#delete.run(kind, key));
  }
}
