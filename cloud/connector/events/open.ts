/**
 * The connector's file with all that is kept in it: queues of events, and what channels remember.
 *
 *   path ─► database ─► group commit ─┬► queue    appended, taken, acknowledged
 *                                     └► records  a channel's own
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ChannelRecords } from './channel-records.ts';
import { openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import { Leftovers } from './leftovers.ts';
import { Life } from './life.ts';
import { DEFAULT_LIMITS, type QueueLimits } from './limits.ts';
import { EventQueue, type Lost } from './queue.ts';
import { QueueEntries } from './queue-numbers.ts';
import { Stamper } from './stamper.ts';
import type { EventWorld } from './world.ts';

export interface EventsOptions {
  /** Of the file; its folder is there. */
  readonly path: string;
  readonly world: EventWorld;
  /** Pelion's where not given. */
  readonly limitsOf?: (key: string) => QueueLimits;
  /** A queue has lost events, to its limit or to their age: so many in all, on disk. */
  readonly onLost?: (key: string, lost: Lost) => void;
}

export interface Events {
  readonly queue: EventQueue;
  readonly records: ChannelRecords;
  readonly life: Life;
  /** Writes what is waiting to be written. Whatever is asked for afterwards is refused. */
  close(): void;
}

/** Opens the file, made if there is none. OutsideError FILE, or StoreError STORE_SCHEMA, if it cannot be used. */
export function openEvents(options: EventsOptions): Events {
  const { path, world, limitsOf = () => DEFAULT_LIMITS, onLost = () => undefined } = options;
  const db = openDatabase(path);
  const clock = new Clock(db, world);
  const { life, stamper } = clock;
  const entries = new QueueEntries(db);
  const commit = new GroupCommit(db, {
    before: () => {
      if (entries.save()) clock.save();
    },
    undone: () => entries.load(),
  });
  const leftovers = new Leftovers(db, commit);
  void leftovers.sweep();
  return {
    queue: new EventQueue({
      ...{ db, commit, entries, life, stamper, limitsOf, onLost },
      onForgotten: () => void leftovers.sweep(),
    }),
    records: new ChannelRecords(db, commit),
    life,
    close: () => {
      if (!db.isOpen) return;
      commit.close();
      db.close();
    },
  };
}

/** The two times that go on from where they were. */
class Clock {
  readonly life: Life;
  readonly stamper: Stamper;
  readonly #save: StatementSync;

  constructor(db: DatabaseSync, world: EventWorld) {
    this.#save = db.prepare('INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?)');
    const row = db.prepare('SELECT life_ms, wall_ms, stamped_ms FROM clock').get();
    this.life =
      row === undefined
        ? new Life(world)
        : new Life(world, { lifeMs: Number(row.life_ms), wallMs: Number(row.wall_ms) });
    this.stamper = new Stamper(world, Number(row?.stamped_ms ?? 0));
  }

  save(): void {
    const { lifeMs, wallMs } = this.life.mark();
    this.#save.run(lifeMs, wallMs, this.stamper.lastMs);
  }
}
