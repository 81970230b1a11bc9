/**
 * The boards of a credentials folder, each in a folder of its own: boards/<file name>/{certificate.pem,key.pem}.
 *
 * Its certificate says whose it is; the folder's name only has to fit to that. A board is put in place by one rename, so that
 * key and certificate never come from two commands that run at once.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MtsError, OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import { type BoardNames, boardNames } from '../names.ts';
import { writeFiles } from '../write-files.ts';
import { type Certificate, readCertificates } from './certificate.ts';
import { fileNameOf } from './file-name.ts';
import type { Made } from './make.ts';
import { readIfThere } from './stored-file.ts';

export const CERTIFICATE_FILE = 'certificate.pem';
export const KEY_FILE = 'key.pem';
/** In the folder of a board of another authority once it was revoked here. */
const REVOKED_MARK = 'revoked.txt';

export interface StoredBoard extends BoardNames {
  readonly folder: string;
  /** PEM; its issuers may follow. */
  readonly cert: string;
  readonly certificate: Certificate;
  /** Revoked by a mark of its own: it is not in the list of the authority. */
  readonly marked: boolean;
}

/** A folder in which no board can be recognised. */
export interface BrokenBoard {
  readonly folder: string;
  readonly problem: string;
}

/** The board of an endpoint; undefined if there is none. */
export async function findBoard(boards: string, endpoint: string): Promise<StoredBoard | undefined> {
  const name = fileNameOf(endpoint);
  const names = await namesIn(boards);
  if (names.includes(name)) return readBoard(join(boards, name));
  const alike = names.find((one) => one.toLowerCase() === name.toLowerCase());
  if (alike === undefined) return undefined;
  throw new UsageError(
    `a board is there whose name differs from ${endpoint} only by case: ${alike}`,
    'Choose another name: many systems take the two for one.',
  );
}

/** All of them, by name. */
export async function* listBoards(boards: string): AsyncGenerator<StoredBoard | BrokenBoard> {
  for (const name of await namesIn(boards)) {
    const folder = join(boards, name);
    try {
      yield await readBoard(folder);
    } catch (error) {
      if (!(error instanceof MtsError)) throw error;
      yield { folder, problem: error.message };
    }
  }
}

/** Its private key, PEM. */
export async function readBoardKey({ folder }: Pick<StoredBoard, 'folder'>): Promise<string> {
  const text = await readIfThere(join(folder, KEY_FILE));
  if (text === undefined) throw damaged(folder, `${KEY_FILE} is missing`);
  return text;
}

/** Puts a board in place; false if meanwhile, or before, one of that endpoint was there and `replace` is not given. */
export async function putBoard(boards: string, endpoint: string, made: Made, replace: boolean): Promise<boolean> {
  // Endpoints never begin with a dot here, so that these are no boards.
  const mark = randomBytes(6).toString('hex');
  const [fresh, old] = [join(boards, `.new-${mark}`), join(boards, `.old-${mark}`)];
  const folder = join(boards, fileNameOf(endpoint));
  const files = [
    { name: CERTIFICATE_FILE, text: made.cert, mode: 0o644 },
    { name: KEY_FILE, text: made.key, mode: 0o600 },
  ];
  await makeBoardsFolder(boards);
  try {
    await writeFiles(fresh, files, { force: false, dirMode: 0o700 });
    if (replace) await renameIfThere(folder, old);
    return await renameUnlessThere(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

/** Marks it as revoked here. */
export async function markRevoked({ folder }: Pick<StoredBoard, 'folder'>, now: Date): Promise<void> {
  const text = `${now.toISOString()}\n`;
  await writeFiles(folder, [{ name: REVOKED_MARK, text, mode: 0o644 }], { force: true });
}

async function readBoard(folder: string): Promise<StoredBoard> {
  const path = join(folder, CERTIFICATE_FILE);
  const cert = await readIfThere(path);
  if (cert === undefined) throw damaged(folder, `${CERTIFICATE_FILE} is missing`);
  const certificate = (await readCertificates(cert, path))[0]!;
  const names = namesOf(certificate);
  if (names === undefined || join(folder, '..', fileNameOf(names.endpoint)) !== join(folder)) {
    throw damaged(folder, 'its certificate is not of a board of that name');
  }
  return { ...names, folder, cert, certificate, marked: (await readIfThere(join(folder, REVOKED_MARK))) !== undefined };
}

/** The names that a certificate's common name `domain/endpoint` holds; undefined if it is none such. */
export function namesOf({ commonName }: Certificate): BoardNames | undefined {
  const slash = commonName?.indexOf('/') ?? -1;
  if (commonName === undefined || slash === -1) return undefined;
  try {
    return boardNames({ domain: commonName.slice(0, slash), endpoint: commonName.slice(slash + 1) });
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

async function namesIn(boards: string): Promise<readonly string[]> {
  try {
    return (await readdir(boards)).filter((name) => !name.startsWith('.')).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw refused(boards, error);
  }
}

async function makeBoardsFolder(boards: string): Promise<void> {
  try {
    await mkdir(boards, { mode: 0o700, recursive: true });
  } catch (error) {
    throw refused(boards, error);
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw refused(from, error);
  }
}

async function renameUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    // POSIX has the first two for a folder with something in it; Windows the last.
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw refused(to, error);
  }
}

function damaged(folder: string, why: string): UsageError {
  return new UsageError(`${folder} is damaged: ${why}`, 'Delete it, and issue the board anew.');
}

function refused(path: string, error: unknown): OutsideError {
  const { code } = error as NodeJS.ErrnoException;
  const fix = 'Choose a folder that you may read and write.';
  return new OutsideError('FILE', `${path} cannot be used: ${code}`, fix, { cause: error });
}
