/**
 * States that this connection read or wrote last, so that a busy endpoint's is not read again for every message.
 *
 * They hold as long as no other connection has written: SQLite's data_version tells (https://sqlite.org/pragma.html,
 * "data_version": it changes for other connections' commits, not for one's own). A transaction that was undone
 * must forget them (`clear`).
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EndpointState } from '../../ingest/state.ts';

export interface HeldState {
  /** Of its row. */
  readonly id: number;
  readonly state: EndpointState;
}

/** Some 500 bytes each. */
const MOST_HELD = 50_000;

export class HeldStates {
  readonly #version: StatementSync;
  readonly #held = new Map<string, HeldState>();
  #seen: unknown;

  constructor(db: DatabaseSync) {
    this.#version = db.prepare('PRAGMA data_version');
  }

  /** To be called first in every transaction that uses them. */
  refresh(): void {
    const version = this.#version.get()?.data_version;
    if (version === this.#seen) return;
    this.#held.clear();
    this.#seen = version;
  }

  get(endpoint: string): HeldState | undefined {
    return this.#held.get(endpoint);
  }

  set(endpoint: string, held: HeldState): void {
    if (this.#held.size >= MOST_HELD) this.#held.clear();
    this.#held.set(endpoint, held);
  }

  clear(): void {
    this.#held.clear();
  }
}
