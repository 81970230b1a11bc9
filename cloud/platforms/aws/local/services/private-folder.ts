/** Folders that only their owner may look into. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes a folder, and those above it that are missing (0700). */
export function makePrivateFolder(dir: string): void {
  const path = resolve(dir);
  // Level by level: Node's own recursion does not end where a parent exists and refuses (/proc).
  if (existsSync(path)) return;
  if (dirname(path) !== path) makePrivateFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
