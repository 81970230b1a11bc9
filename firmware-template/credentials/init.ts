/**
 * Makes a folder of credentials (folder.ts says what is in it), or finds that it is there and leaves it alone.
 *
 * A new folder is filled beside its place and renamed into it: it is whole, or not there.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import { domainName } from '../names.ts';
import { type FileToWrite, writeFiles } from '../write-files.ts';
import { readCertificates } from './certificate.ts';
import {
  AUTHORITY_FILE,
  AUTHORITY_KEY_FILE,
  type Change,
  type PutResult,
  readSettings,
  SERVER_FILE,
  SERVER_KEY_FILE,
  SETTINGS_FILE,
} from './folder.ts';
import { makeAuthority, makeRevocationList, makeServer } from './make.ts';
import { readPrivateKey } from './private-key.ts';
import { REVOKED_FILE } from './revocation.ts';

const DEFAULT_DOMAIN = 'mts';

/**
 * Makes `dir` with an authority and its server; `domain` is that of boards (`mts` if it is not said). With `force` an authority
 * that is there is replaced: every board that it signed is refused from then on.
 */
export async function initCredentials(
  dir: string,
  { domain, now, force }: Change & { readonly domain?: string | undefined },
): Promise<PutResult> {
  if (domain !== undefined) domainName(domain);
  const there = await readSettings(dir);
  if (there === undefined) {
    const kept = await namesIn(dir);
    if (kept.length > 0) throw notEmpty(dir, kept);
    await makeBeside(dir, await makeAll(domain ?? DEFAULT_DOMAIN, now));
    return 'made';
  }
  if (force) {
    await writeFiles(dir, await makeAll(domain ?? there.domain, now), { force: true });
    return 'replaced';
  }
  if (domain === undefined || domain === there.domain) return 'unchanged';
  throw new UsageError(
    `${dir} holds credentials already, with the domain ${there.domain}, not ${domain}`,
    'Give `--domain` to `mts credentials issue` for single boards, or choose another folder.',
  );
}

/** In an order in which the last file tells that all are there. */
async function makeAll(domain: string, now: Date): Promise<readonly FileToWrite[]> {
  const authority = await makeAuthority(now);
  const certificate = (await readCertificates(authority.cert, AUTHORITY_FILE))[0]!;
  const signer = { certificate, key: readPrivateKey(authority.key, AUTHORITY_KEY_FILE) };
  const server = await makeServer(signer, now);
  return [
    { name: AUTHORITY_KEY_FILE, text: authority.key, mode: 0o600 },
    { name: AUTHORITY_FILE, text: authority.cert, mode: 0o644 },
    { name: SERVER_KEY_FILE, text: server.key, mode: 0o600 },
    { name: SERVER_FILE, text: server.cert, mode: 0o644 },
    { name: REVOKED_FILE, text: await makeRevocationList(signer, [], now), mode: 0o644 },
    { name: SETTINGS_FILE, text: `${JSON.stringify({ version: 1, domain }, undefined, 2)}\n`, mode: 0o644 },
  ];
}

async function makeBeside(dir: string, files: readonly FileToWrite[]): Promise<void> {
  const place = resolve(dir);
  const fresh = join(dirname(place), `.${basename(place)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeFiles(fresh, files, { force: false, dirMode: 0o700 });
    await mkdir(join(fresh, 'boards'), { mode: 0o700 });
    await removeEmpty(place);
    await rename(fresh, place);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new OutsideError('FILE', `${dir} cannot be made: ${code}`, 'Choose another folder.', { cause: error });
  }
}

/** Windows renames over no folder, not even an empty one. */
async function removeEmpty(dir: string): Promise<void> {
  try {
    await rmdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new OutsideError('FILE', `${dir} cannot be used: ${code}`, 'Choose another folder.', { cause: error });
  }
}

function notEmpty(dir: string, names: readonly string[]): UsageError {
  if (names.includes(AUTHORITY_FILE) || names.includes(AUTHORITY_KEY_FILE)) {
    return new UsageError(
      `${dir} holds an authority, but no ${SETTINGS_FILE}`,
      `Put ${SETTINGS_FILE} back, like {"version":1,"domain":"${DEFAULT_DOMAIN}"}, or choose another folder.`,
    );
  }
  return new UsageError(`${dir} holds other files already`, 'Choose a folder that is new or empty.');
}
