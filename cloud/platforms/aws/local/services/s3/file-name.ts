/**
 * Keys as file names: one flat name for each key, whatever characters it has.
 *
 * Lower-case letters, digits, `-`, `_` and `.` (not in front) stay; every other byte is written %xx, capitals too, since some file
 * systems do not tell them from small ones. A name that would be too long ends in `~` and the key's SHA-256 instead.
 */
import { createHash } from 'node:crypto';

const MAX_NAME = 180;
const HEAD = 100;

export function fileNameOf(key: string): string {
  const name = Buffer.from(key)
    .toString('latin1')
    .replace(/[^a-z0-9_.-]|^\./g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
  if (name.length <= MAX_NAME) return name;
  return `${name.slice(0, HEAD)}~${createHash('sha256').update(key).digest('hex')}`;
}

/** The key of such a name; undefined where the name does not say it, or is none of ours. */
export function keyOf(name: string): string | undefined {
  const bytes = name.replace(/%([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const key = Buffer.from(bytes, 'latin1').toString();
  return fileNameOf(key) === name ? key : undefined;
}
