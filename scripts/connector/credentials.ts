/**
 * What the connector shows boards and whom it lets in, out of a folder of `mts credentials`; and again when that changes.
 *
 *   folder ─► authority, server, revoked ─► handshakes
 *          └► boards of other authorities ─► by their certificates, unless revoked
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credentials } from '../../cloud/connector/transports/credentials.ts';
import { MtsError } from '../../cloud/protocol/errors.ts';
import { openCredentials } from '../../firmware-template/credentials/folder.ts';
import type { Io } from '../cli.ts';

const LOOK_MS = 2_000;
/** Names in the folder of which one changes with everything that matters. */
const WATCHED = ['revoked.crl.pem', 'boards', 'server.pem', 'authority.pem'] as const;

/** OutsideError FILE, or UsageError, if the folder is none. */
export async function readTrust(folder: string): Promise<Credentials> {
  const credentials = await openCredentials(folder);
  const trusted: string[] = [];
  for await (const board of credentials.boards()) {
    if (!('problem' in board) && !board.own && !board.revoked) trusted.push(board.certificate.fingerprint);
  }
  return { ...(await credentials.server()), trusted };
}

/** Calls back with what the folder says whenever that has changed, until the signal is given. */
export async function watchTrust(
  folder: string,
  io: Pick<Io, 'sleep' | 'stop' | 'err'>,
  changed: (trust: Credentials) => void,
): Promise<void> {
  let seen = await markOf(folder);
  while (!io.stop.aborted) {
    await io.sleep(LOOK_MS, io.stop).catch(() => undefined);
    const mark = await markOf(folder);
    if (mark === seen || io.stop.aborted) continue;
    seen = mark;
    try {
      changed(await readTrust(folder));
    } catch (error) {
      // It may be in the middle of a change; what held before holds.
      if (!(error instanceof MtsError)) throw error;
      io.err(`mts: the credentials in ${folder} changed and cannot be used: ${error.message}\n`);
    }
  }
}

async function markOf(folder: string): Promise<string> {
  const times = WATCHED.map((name) =>
    stat(join(folder, name)).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`,
      () => 'none',
    ),
  );
  return (await Promise.all(times)).join();
}
