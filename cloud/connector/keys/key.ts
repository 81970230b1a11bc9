/**
 * An API key: what its owner sends, and what is kept of it.
 *
 *   text  ak_ + 32 random bytes, base64url   shown once, when it is made
 *   kept  id, name, SHA-256 of the text      32 random bytes cannot be guessed, so a fast hash is enough
 *
 * Pelion's keys begin with `ak_` as well (Pelion OpenAPI of 29 April 2020, websocket: `pelion_ak_...`). Whoever has a key of
 * old in a program may bring it along: from 16 to 256 visible characters.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '../../protocol/errors.ts';

export interface Key {
  /** `k` and 8 characters: what queues and channels know of it. */
  readonly id: string;
  /** For people; no two keys have the same. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** From then on it is refused. */
  readonly expiresMs?: number;
}

export interface StoredKey extends Key {
  /** Of the text, lower-case hexadecimal. */
  readonly sha256: string;
}

export type RandomBytes = (size: number) => Uint8Array;

export const KEY_ID = /^k[0-9a-z]{8}$/;
const TEXT_BYTES = 32;
const OWN_TEXT = /^[\x21-\x7e]{16,256}$/;
/** Letters, their marks, digits, punctuation and symbols. */
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]{1,64}$/u;
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';

export function newText(randomBytes: RandomBytes): string {
  return `ak_${Buffer.from(randomBytes(TEXT_BYTES)).toString('base64url')}`;
}

export function newId(randomBytes: RandomBytes): string {
  return `k${Array.from(randomBytes(8), (byte) => BASE36[byte % BASE36.length]).join('')}`;
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function isName(name: string): boolean {
  return NAME.test(name);
}

/** UsageError if it cannot be a key's name. */
export function checkName(name: string): void {
  if (isName(name)) return;
  throw new UsageError('a key has a name of 1 to 64 visible characters', 'Give a short name, without spaces.');
}

/** UsageError if it cannot be a key; the message does not hold it. */
export function checkText(text: string): void {
  if (OWN_TEXT.test(text)) return;
  throw new UsageError('a key has from 16 to 256 visible ASCII characters', 'Give another one, or let one be made.');
}
