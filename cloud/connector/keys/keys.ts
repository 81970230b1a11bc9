/**
 * The API keys of a connector: who may call it, and whose channels and events are whose.
 *
 *   mts connector key add ─► keys.json ─► looked at once a second ─┬─► check(text) ─► id, or why not
 *                                                                   └─► onEnded(id): removed, or expired
 *
 * A check of a key that is known reads no file. A file that becomes unreadable while it is used changes nothing until it is readable again.
 */
import { randomBytes as systemRandomBytes, timingSafeEqual } from 'node:crypto';
import type { Timer, World } from '../../protocol/coap/world.ts';
import { UsageError } from '../../protocol/errors.ts';
import { checkName, checkText, type Key, newId, newText, type RandomBytes, type StoredKey, sha256Of } from './key.ts';
import { changeKeyFile, type KeyFileState, markOf, NO_FILE, readKeyFile } from './key-file.ts';
import type { KeyList } from './key-list.ts';

export interface KeysOptions {
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** A timer, once a second, by which others' changes are seen. */
  readonly after: World['after'];
  /** For secrets; the system's where not given. */
  readonly randomBytes?: RandomBytes;
  /** The file cannot be used just now; told once until it can be again. */
  readonly onProblem?: (problem: unknown) => void;
}

export interface NewKey {
  readonly name: string;
  readonly expiresMs?: number;
  /** A key of one's own choosing. */
  readonly text?: string;
}

export interface Keys {
  /** The text is not kept: this is the only time that it is told. UsageError if it cannot be so; OutsideError FILE. */
  add(key: NewKey): { readonly id: string; readonly text: string };
  list(): readonly Key[];
  /** By its name, or else its id. False: there is none. OutsideError FILE. */
  remove(nameOrId: string): boolean;
  /** Whose text it is, or why it is nobody's. */
  check(text: string): { readonly id: string } | 'unknown' | 'expired';
  /**
   * Told of every key that is removed, by whatever process, or expires, and at once of those that ended earlier: to forget
   * one twice must do no harm. Returns how to stop.
   */
  onEnded(listener: EndListener): () => void;
  close(): void;
}

export type EndListener = (id: string, why: 'removed' | 'expired') => void;

const LOOK_MS = 1_000;
const SOONEST_MS = 100;
/** A file system may be this coarse: a file is read again until it is older. */
const SETTLED_MS = 2_000;

/** OutsideError FILE, with what to do, if the file is there and is no list of keys. */
export function openKeys(path: string, options: KeysOptions): Keys {
  return new KeyFile(path, options);
}

class KeyFile implements Keys {
  readonly #path: string;
  readonly #options: KeysOptions;
  readonly #listeners = new Set<EndListener>();
  /** Of which the listeners were told. */
  #expired: ReadonlySet<string> = new Set();
  #state: KeyFileState;
  #bySha256: ReadonlyMap<string, StoredKey>;
  #isTroubled = false;
  /** Until when the file may have changed without showing it. */
  #unsettledMs: number;
  #next: Timer | undefined;
  /** When the file is looked at again for the sake of a key that is not known. */
  #soonestMs = 0;

  constructor(path: string, options: KeysOptions) {
    this.#path = path;
    this.#options = options;
    this.#state = readKeyFile(path);
    this.#bySha256 = bySha256(this.#state.list);
    this.#unsettledMs = options.wall() + SETTLED_MS;
    this.#lookLater();
  }

  add({ name, expiresMs, text: given }: NewKey): { id: string; text: string } {
    const { wall, randomBytes = systemRandomBytes } = this.#options;
    checkName(name);
    if (given !== undefined) checkText(given);
    const createdMs = Math.floor(wall());
    if (expiresMs !== undefined && !(expiresMs > createdMs)) {
      throw new UsageError('the key would have expired already', 'Give a time that is still to come.');
    }
    const text = given ?? newText(randomBytes);
    const sha256 = sha256Of(text);
    let id = '';
    this.#change((list) => {
      refuseSame(list, name, sha256);
      do id = newId(randomBytes);
      while (isTaken(list, id));
      const made = { id, name, sha256, createdMs, ...(expiresMs === undefined ? {} : { expiresMs }) };
      return { ...list, keys: [...list.keys, made] };
    });
    return { id, text };
  }

  list(): readonly Key[] {
    return this.#state.list.keys.map(({ sha256: _, ...key }) => key);
  }

  remove(nameOrId: string): boolean {
    let found: StoredKey | undefined;
    this.#change((list) => {
      found = list.keys.find(({ name }) => name === nameOrId) ?? list.keys.find(({ id }) => id === nameOrId);
      if (found === undefined) return list;
      return { keys: list.keys.filter((key) => key !== found), removed: [...list.removed, found.id] };
    });
    return found !== undefined;
  }

  check(text: string): { id: string } | 'unknown' | 'expired' {
    // How long finding takes depends on the hash of what was sent, which tells nothing of any key.
    const sha256 = sha256Of(text);
    // It may have been made a moment ago; strangers have the file looked at a few times a second, no more.
    if (!this.#bySha256.has(sha256) && this.#options.wall() >= this.#soonestMs) {
      this.#soonestMs = this.#options.wall() + SOONEST_MS;
      this.#look();
    }
    const key = this.#bySha256.get(sha256);
    if (key === undefined || !timingSafeEqual(Buffer.from(key.sha256), Buffer.from(sha256))) return 'unknown';
    return isExpired(key, this.#options.wall()) ? 'expired' : { id: key.id };
  }

  onEnded(listener: EndListener): () => void {
    this.#tellExpired();
    this.#listeners.add(listener);
    for (const id of this.#state.list.removed) listener(id, 'removed');
    for (const id of this.#expired) listener(id, 'expired');
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#next?.cancel();
    this.#next = undefined;
    this.#listeners.clear();
  }

  #change(change: (list: KeyList) => KeyList): void {
    this.#use(changeKeyFile(this.#path, change));
  }

  #lookLater(): void {
    this.#next = this.#options.after(LOOK_MS, () => {
      this.#lookLater();
      this.#look();
      this.#tellExpired();
    });
  }

  #look(): void {
    try {
      const isSame = markOf(this.#path) === this.#state.mark;
      if (isSame && !this.#isTroubled && this.#options.wall() > this.#unsettledMs) return;
      this.#use(readKeyFile(this.#path), isSame);
      this.#isTroubled = false;
    } catch (error) {
      if (!this.#isTroubled) this.#options.onProblem?.(error);
      this.#isTroubled = true;
    }
  }

  #use(state: KeyFileState, isSame = false): void {
    const before = this.#state.list;
    this.#state = state;
    this.#bySha256 = bySha256(state.list);
    if (!isSame) this.#unsettledMs = this.#options.wall() + SETTLED_MS;
    for (const id of goneFrom(before, state)) for (const listener of this.#listeners) listener(id, 'removed');
  }

  #tellExpired(): void {
    const [before, now] = [this.#expired, this.#options.wall()];
    this.#expired = new Set(this.#state.list.keys.filter((key) => isExpired(key, now)).map(({ id }) => id));
    for (const id of this.#expired) {
      if (!before.has(id)) for (const listener of this.#listeners) listener(id, 'expired');
    }
  }
}

function isExpired({ expiresMs }: Key, now: number): boolean {
  return expiresMs !== undefined && now >= expiresMs;
}

/** Those that were there, and those that came and went unseen. A file that is not there any more removes no key: it may come back. */
function goneFrom(before: KeyList, { list, mark }: KeyFileState): Set<string> {
  const [were, are] = [new Set(before.removed), new Set(list.keys.map(({ id }) => id))];
  const gone = mark === NO_FILE ? [] : before.keys.map(({ id }) => id).filter((id) => !are.has(id));
  return new Set([...gone, ...list.removed.filter((id) => !were.has(id))]);
}

function bySha256({ keys }: KeyList): Map<string, StoredKey> {
  return new Map(keys.map((key) => [key.sha256, key]));
}

function refuseSame({ keys }: KeyList, name: string, sha256: string): void {
  if (keys.some((key) => key.name === name || key.id === name)) {
    throw new UsageError(`there is a key ${name} already`, 'Give another name.');
  }
  const same = keys.find((key) => key.sha256 === sha256);
  if (same !== undefined) throw new UsageError(`that key is there already, as ${same.name}`, 'Use that one.');
}

/** Neither another key's, nor one's that was removed, whose events may still be on their way out. */
function isTaken({ keys, removed }: KeyList, id: string): boolean {
  return removed.includes(id) || keys.some((key) => key.id === id || key.name === id);
}
