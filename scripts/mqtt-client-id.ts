/**
 * The name of this receiver's session at a broker: made once, and kept in the folder of the counts.
 *
 * A name made of the folder's path would be another machine's, too, and two clients of one name end each other's
 * connections. Whoever moves the folder moves the session with it.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OutsideError, UsageError } from '../cloud/protocol/errors.ts';

const FILE = 'mqtt-client-id';
const FORM = /^mts-ingest-[0-9a-f]{12}$/;
/** AWS IoT Core's: MQTT itself has 65,535. */
const MOST_BYTES = 128;

/** The folder's own client id; OutsideError FILE if it can be neither read nor written. */
export async function clientIdOf(dir: string): Promise<string> {
  const path = join(dir, FILE);
  const made = `mts-ingest-${randomBytes(6).toString('hex')}`;
  const draft = `${path}.${made}`;
  try {
    // Of two that begin at once, one gives its file the name, and the other reads it: whole, in either case.
    await writeFile(draft, `${made}\n`);
    await link(draft, path);
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refused(path, error);
  } finally {
    await rm(draft, { force: true });
  }
  const text = await readFile(path, 'utf8').catch((error: unknown) => Promise.reject(refused(path, error)));
  if (FORM.test(text.trim())) return text.trim();
  throw new OutsideError('FILE', `${path} holds no client id`, 'Delete it, or give --client-id.');
}

/** UsageError for what no broker takes. */
export function checkClientId(id: string): void {
  if (id !== '' && id.isWellFormed() && !/\p{Cc}/u.test(id) && Buffer.byteLength(id) <= MOST_BYTES) return;
  throw new UsageError('--client-id is no client id', `Give 1 to ${MOST_BYTES} bytes without control characters.`);
}

function refused(path: string, cause: unknown): OutsideError {
  const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new OutsideError('FILE', `${path} cannot be used: ${why}`, 'Check its permissions, or give --client-id.', {
    cause,
  });
}
