/**
 * A folder of credentials: an own authority, its server, its boards, and what it revoked.
 *
 *   credentials.json   {"version":1,"domain":"mts"}     authority.pem, authority-key.pem   who signs
 *   revoked.crl.pem    what was taken back              server.pem, server-key.pem         what the connector shows
 *   boards/<endpoint>/ certificate.pem, key.pem
 *
 * Keys are files that only their owner may read, in a folder that only its owner may enter. A folder is made by init.ts.
 */
import { join } from 'node:path';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import { type BoardNames, boardNames, domainName } from '../names.ts';
import { shellWord } from '../shell-word.ts';
import {
  type BrokenBoard,
  findBoard,
  listBoards,
  markRevoked,
  putBoard,
  readBoardKey,
  type StoredBoard,
} from './board-folder.ts';
import { certificatesText, keyText } from './board-pem.ts';
import { type Certificate, readCertificates } from './certificate.ts';
import type { BoardCredentials, ServerCredentials } from './credentials.ts';
import { isIssuedBy } from './issued-by.ts';
import { type Authority, type Made, makeBoard } from './make.ts';
import { belongsTo, readPrivateKey } from './private-key.ts';
import { addToRevoked, isRevoked, REVOKED_FILE, readOwnRevocationList } from './revocation.ts';
import { readIfThere, readStored } from './stored-file.ts';

export type { BrokenBoard } from './board-folder.ts';

export interface KeptBoard extends BoardNames {
  readonly folder: string;
  /** PEM; its issuers may follow. */
  readonly cert: string;
  readonly certificate: Certificate;
  /** The authority of this folder signed it. The connector takes others only by the certificate itself. */
  readonly own: boolean;
  readonly revoked: boolean;
}

/** What became of a wish to have a board: it was there just so and no byte was touched, it is new, or took another's place. */
export type PutResult = 'unchanged' | 'made' | 'replaced';

export interface Change {
  readonly now: Date;
  /** Replace a board that is there with other credentials; the certificate that it had is revoked. */
  readonly force: boolean;
}

export interface Credentials {
  readonly dir: string;
  /** That of boards which are issued without one of their own. */
  readonly domain: string;
  /** The authority's certificate, PEM. */
  readonly authority: string;
  /** What the connector needs to speak TLS. */
  server(): Promise<ServerCredentials>;
  /** What a board gets; it is to trust this authority, whoever signed its own certificate. UsageError if it is not there, or revoked. */
  board(endpoint: string, domain?: string): Promise<BoardCredentials>;
  /** Undefined if there is none of that name. */
  find(endpoint: string): Promise<KeptBoard | undefined>;
  /** All of them, by name. */
  boards(): AsyncIterable<KeptBoard | BrokenBoard>;
  /** Makes a board's key and certificate. UsageError if others are there and `force` is not given. */
  issue(wish: { readonly endpoint: string; readonly domain?: string }, change: Change): Promise<PutResult>;
  /** Takes in a board's key and certificate from elsewhere, checked by the caller; the same rules. */
  take(board: BoardCredentials, change: Change): Promise<PutResult>;
  /** Has the server refuse a board from now on; false if it does already. */
  revoke(endpoint: string, now: Date): Promise<boolean>;
}

export const AUTHORITY_FILE = 'authority.pem';
export const AUTHORITY_KEY_FILE = 'authority-key.pem';
export const SERVER_FILE = 'server.pem';
export const SERVER_KEY_FILE = 'server-key.pem';
export const SETTINGS_FILE = 'credentials.json';
const BOARDS = 'boards';

/** Opens a folder that `mts credentials init` made. */
export async function openCredentials(dir: string): Promise<Credentials> {
  const settings = await readSettings(dir);
  if (settings === undefined) {
    const fix = `Make them: \`mts credentials init --out ${shellWord(dir)}\`, or give the folder where they are.`;
    throw new OutsideError('FILE', `${dir} holds no credentials: there is no ${SETTINGS_FILE} in it`, fix);
  }
  const authority = certificatesText(await readStored(join(dir, AUTHORITY_FILE)), join(dir, AUTHORITY_FILE));
  const folder = { dir, boards: join(dir, BOARDS), authority };
  const find = (endpoint: string): Promise<KeptBoard | undefined> => findKept(folder, endpoint);
  return {
    dir,
    domain: settings.domain,
    authority,
    server: async () => ({
      cert: await readStored(join(dir, SERVER_FILE)),
      key: await readStored(join(dir, SERVER_KEY_FILE)),
      authority,
      crl: await readStored(join(dir, REVOKED_FILE)),
    }),
    board: (endpoint, domain) => readBoardCredentials(folder, endpoint, domain),
    find,
    boards: async function* () {
      const judge = await judgeOf(folder);
      for await (const board of listBoards(folder.boards)) yield 'problem' in board ? board : judge(board);
    },
    issue: async ({ endpoint, domain = settings.domain }, change) =>
      issue(folder, boardNames({ domain, endpoint }), change),
    take: (board, change) => take(folder, board, change),
    revoke: async (endpoint, now) => {
      const board = await find(endpoint);
      if (board === undefined) throw noBoard(dir, endpoint);
      return revoke(folder, board, now);
    },
  };
}

/** What credentials.json says; undefined if there is none. UsageError if it is not what init wrote. */
export async function readSettings(dir: string): Promise<{ readonly domain: string } | undefined> {
  const path = join(dir, SETTINGS_FILE);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is no JSON`, 'Put back what `mts credentials init` wrote.', { cause: error });
  }
  const { version, domain, ...others } = (typeof value === 'object' ? (value ?? {}) : {}) as Record<string, unknown>;
  if (version !== 1 || typeof domain !== 'string' || Object.keys(others).length > 0) {
    throw new UsageError(
      `${path} is not {"version":1,"domain":"…"}`,
      'Put back what `mts credentials init` wrote; a newer version of this command may have written it.',
    );
  }
  return { domain: domainName(domain) };
}

interface Folder {
  readonly dir: string;
  readonly boards: string;
  readonly authority: string;
}

async function findKept(folder: Folder, endpoint: string): Promise<KeptBoard | undefined> {
  const board = await findBoard(folder.boards, endpoint);
  return board === undefined ? undefined : (await judgeOf(folder))(board);
}

/** Says of boards whose they are and whether they were revoked, by the authority and its list as they are now. */
async function judgeOf({ dir, authority }: Folder): Promise<(board: StoredBoard) => KeptBoard> {
  const signer = (await readCertificates(authority, join(dir, AUTHORITY_FILE)))[0]!;
  const list = await readOwnRevocationList(dir, signer);
  return ({ marked, ...board }) => {
    const own = isIssuedBy(board.certificate, signer);
    return { ...board, own, revoked: marked || (own && isRevoked(list, board.certificate)) };
  };
}

async function readBoardCredentials(folder: Folder, endpoint: string, domain?: string): Promise<BoardCredentials> {
  const board = await findKept(folder, endpoint);
  if (board === undefined) throw noBoard(folder.dir, endpoint);
  if (domain !== undefined && domain !== board.domain) {
    throw new UsageError(
      `the board ${endpoint} in ${folder.dir} is of the domain ${board.domain}, not ${domain}`,
      `Leave --domain out, or issue it anew: \`mts credentials issue --force\`.`,
    );
  }
  if (board.revoked) {
    throw new UsageError(
      `the certificate of ${endpoint} was revoked: the server would refuse the board`,
      `Issue a new one: \`mts credentials issue --credentials ${shellWord(folder.dir)} --endpoint ${shellWord(endpoint)} --force\`.`,
    );
  }
  const key = await readBoardKey(board);
  return {
    domain: board.domain,
    endpoint: board.endpoint,
    serverCert: folder.authority,
    cert: certificatesText(board.cert, `the certificate of ${endpoint}`),
    key: keyText(key, `the key of ${endpoint}`),
  };
}

async function issue(folder: Folder, names: BoardNames, change: Change): Promise<PutResult> {
  const isAsWished = async (board: KeptBoard): Promise<boolean> => {
    const { domain, own, revoked, certificate } = board;
    const key = readPrivateKey(await readBoardKey(board), `the key of ${names.endpoint}`);
    return (
      domain === names.domain && own && !revoked && belongsTo(key, certificate) && certificate.notAfter > change.now
    );
  };
  return put(folder, names, async () => makeBoard(await readAuthority(folder), names, change.now), isAsWished, change);
}

async function take(folder: Folder, board: BoardCredentials, change: Change): Promise<PutResult> {
  const isAsWished = async (kept: KeptBoard): Promise<boolean> => {
    const key = keyText(await readBoardKey(kept), `the key of ${board.endpoint}`);
    return !kept.revoked && kept.cert === board.cert && key === board.key;
  };
  return put(folder, board, async () => board, isAsWished, change);
}

async function put(
  folder: Folder,
  { endpoint }: BoardNames,
  make: () => Promise<Made>,
  isAsWished: (board: KeptBoard) => Promise<boolean>,
  { now, force }: Change,
): Promise<PutResult> {
  const found = await findKept(folder, endpoint);
  if (found === undefined && (await putBoard(folder.boards, endpoint, await make(), false))) return 'made';
  // Another command may have been quicker: what it made is looked at as if it had been there.
  const there = found ?? (await findKept(folder, endpoint));
  if (there === undefined) {
    throw new OutsideError('FILE', `${folder.boards} takes no folder for ${endpoint}`, 'Look at its permissions.');
  }
  if (!force) {
    if (await isAsWished(there)) return 'unchanged';
    throw new UsageError(
      `${folder.dir} holds the board ${endpoint} already${difference(there, now)}`,
      'Give --force to replace it; the board must be flashed anew then, and its certificate of now is revoked.',
    );
  }
  const made = await make();
  await revoke(folder, there, now);
  await putBoard(folder.boards, endpoint, made, true);
  return 'replaced';
}

/** What about it may be why it is not what was asked for. */
function difference({ domain, own, revoked, certificate }: KeptBoard, now: Date): string {
  if (revoked) return '; its certificate was revoked';
  if (!own) return ', of another authority';
  if (certificate.notAfter <= now) return '; its certificate has expired';
  return `, with other credentials: of the domain ${domain}`;
}

async function revoke(folder: Folder, board: KeptBoard, now: Date): Promise<boolean> {
  if (board.revoked) return false;
  if (board.own) return addToRevoked(folder.dir, await readAuthority(folder), board.certificate, now);
  await markRevoked(board, now);
  return true;
}

async function readAuthority({ dir, authority }: Folder): Promise<Authority> {
  const path = join(dir, AUTHORITY_KEY_FILE);
  const certificate = (await readCertificates(authority, join(dir, AUTHORITY_FILE)))[0]!;
  const key = readPrivateKey(await readStored(path), path);
  if (!belongsTo(key, certificate)) {
    throw new UsageError(`${path} is not the key of ${AUTHORITY_FILE} beside it`, 'Put the right one back.');
  }
  return { certificate, key };
}

function noBoard(dir: string, endpoint: string): UsageError {
  return new UsageError(
    `${dir} holds no board ${endpoint}`,
    `Make its credentials: \`mts credentials issue --credentials ${shellWord(dir)} --endpoint ${shellWord(endpoint)}\`.`,
  );
}
