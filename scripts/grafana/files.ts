/** Files of a folder that may hold others: all are written, or none, and what is there with other content stays unless asked. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProvisioningFile } from '../../cloud/dashboard/grafana/provisioning.ts';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';

/** Resolves with the paths that were written. UsageError if a file would be replaced without `force`, OutsideError FILE. */
export async function writeFiles(
  folder: string,
  files: readonly ProvisioningFile[],
  force: boolean,
): Promise<string[]> {
  const found = await Promise.all(files.map(({ path }) => present(join(folder, path))));
  const other = files.filter(({ text }, index) => found[index] !== undefined && found[index] !== text);
  if (other.length > 0 && !force) {
    throw new UsageError(
      `${other.map(({ path }) => join(folder, path)).join(', ')}: there already, with other content`,
      'Give another --out, or --force to replace it.',
    );
  }
  const written: string[] = [];
  for (const { path, text } of files) {
    const file = join(folder, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } catch (error) {
      throw refused(file, 'written', error);
    }
    written.push(file);
  }
  return written;
}

/** The text of a file; undefined if there is none. */
async function present(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw refused(file, 'read', error);
  }
}

function refused(file: string, what: string, error: unknown): OutsideError {
  const message = `${file} cannot be ${what}: ${(error as Error).message}`;
  return new OutsideError('FILE', message, 'Give a folder that can be written to.', { cause: error });
}
