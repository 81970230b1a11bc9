/**
 * The list of keys as text, and back.
 *
 *   { "version": 1, "keys": [{ "id", "name", "sha256", "createdMs", "expiresMs" }, ...], "removed": ["k...", ...] }
 *
 * Those that were removed are named, so that a connector that was not running then knows that it was meant: a key that is
 * merely not in the list (another file was put in its place) has its channels and events left alone at a start.
 */
import { FormatError } from '../../protocol/errors.ts';
import { isName, KEY_ID, type StoredKey } from './key.ts';

export interface KeyList {
  readonly keys: readonly StoredKey[];
  /** Ids, the newest last. */
  readonly removed: readonly string[];
}

export const NO_KEYS: KeyList = { keys: [], removed: [] };

const VERSION = 1;
const MOST_REMOVED = 1_000;
const SHA256 = /^[0-9a-f]{64}$/;

export function writeKeyList({ keys, removed }: KeyList): string {
  return `${JSON.stringify({ version: VERSION, keys, removed: removed.slice(-MOST_REMOVED) }, undefined, 2)}\n`;
}

/** FormatError KEYS_FORMAT if it is none; the message holds nothing of the text. */
export function readKeyList(text: string): KeyList {
  const { version, keys, removed = [] } = fieldsOf(parsed(text), 'the list');
  if (typeof version === 'number' && version > VERSION) throw wrong('it was written by a newer version');
  if (version !== VERSION || !Array.isArray(keys) || !Array.isArray(removed)) throw wrong('it is no list of keys');
  const read = keys.map(readKey);
  for (const field of ['id', 'name', 'sha256'] as const) {
    if (new Set(read.map((key) => key[field])).size < read.length) throw wrong(`two keys have the same ${field}`);
  }
  if (!removed.every(isId)) throw wrong('one of those that were removed is none');
  return { keys: read, removed };
}

function readKey(value: unknown, index: number): StoredKey {
  const { id, name, sha256, createdMs, expiresMs } = fieldsOf(value, `key ${index + 1}`);
  if (!isId(id)) throw wrong(`key ${index + 1} has no id`);
  if (typeof name !== 'string' || !isName(name)) throw wrong(`key ${index + 1} has no name`);
  if (typeof sha256 !== 'string' || !SHA256.test(sha256)) throw wrong(`key ${index + 1} has no SHA-256`);
  if (typeof createdMs !== 'number') throw wrong(`key ${index + 1} was made at no time`);
  if (expiresMs === undefined) return { id, name, sha256, createdMs };
  if (typeof expiresMs !== 'number') throw wrong(`key ${index + 1} ends at no time`);
  return { id, name, sha256, createdMs, expiresMs };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause, which quotes the text.
    throw wrong('it is no JSON');
  }
}

function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} has no fields`);
  return { ...value };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && KEY_ID.test(value);
}

function wrong(why: string): FormatError {
  return new FormatError('KEYS_FORMAT', why);
}
