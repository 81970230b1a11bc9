/** The list of certificates that an authority took back (RFC 5280 §5), as it is kept in a credentials folder. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import { writeFiles } from '../write-files.ts';
import type { Certificate } from './certificate.ts';
import { type Authority, makeRevocationList, type Revoked } from './make.ts';
import { readPem } from './pem.ts';
import { readStored } from './stored-file.ts';

export const REVOKED_FILE = 'revoked.crl.pem';

export interface RevocationList {
  readonly revoked: readonly Revoked[];
  readonly thisUpdate: Date;
  /** From then on nobody is accepted by it. */
  readonly nextUpdate: Date | undefined;
  /** Whether this certificate's key signed it. */
  signedBy(certificate: Certificate): Promise<boolean>;
}

/** Reads a list's PEM text; UsageError if it is none. */
export async function readRevocationList(text: string, source: string): Promise<RevocationList> {
  const { X509Certificate, X509Crl } = await import('./x509.ts');
  const blocks = readPem(text, source);
  const [block] = blocks;
  if (blocks.length !== 1 || block?.label !== 'X509 CRL') throw unreadable(source);
  try {
    const list = new X509Crl(new Uint8Array(block.der));
    return {
      revoked: list.entries.map(({ serialNumber, revocationDate }) => ({ serial: serialNumber, at: revocationDate })),
      thisUpdate: list.thisUpdate,
      nextUpdate: list.nextUpdate,
      signedBy: async ({ der }) => {
        try {
          return await list.verify({ publicKey: new X509Certificate(new Uint8Array(der)) });
        } catch {
          // A key of another kind than the signature's.
          return false;
        }
      },
    };
  } catch (error) {
    // Whatever the parser stumbled over: these bytes are no list.
    throw unreadable(source, error);
  }
}

/** The list of a credentials folder. UsageError if its authority did not sign it: it says nothing of this folder's boards. */
export async function readOwnRevocationList(dir: string, authority: Certificate): Promise<RevocationList> {
  const path = join(dir, REVOKED_FILE);
  const list = await readRevocationList(await readStored(path), path);
  if (await list.signedBy(authority)) return list;
  throw new UsageError(
    `${path} is not signed by the authority of this folder: which boards were revoked is not known`,
    'Put back the list that belongs to the folder, from your backup.',
  );
}

/** Whether the list names the certificate. */
export function isRevoked({ revoked }: RevocationList, { serial }: Certificate): boolean {
  return revoked.some((one) => sameSerial(one.serial, serial));
}

/** Puts a certificate onto the list of the folder; false if it is there already, and then nothing is written. */
export async function addToRevoked(
  dir: string,
  authority: Authority,
  certificate: Certificate,
  now: Date,
): Promise<boolean> {
  return alone(dir, async () => {
    const list = await readOwnRevocationList(dir, authority.certificate);
    if (isRevoked(list, certificate)) return false;
    const text = await makeRevocationList(authority, [...list.revoked, { serial: certificate.serial, at: now }], now);
    await writeFiles(dir, [{ name: REVOKED_FILE, text, mode: 0o644 }], { force: true });
    return true;
  });
}

/** Two at once would each write a list without the other's. */
async function alone<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const lock = join(dir, '.revoking');
  try {
    await (await open(lock, 'wx', 0o600)).close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const [why, fix] =
      code === 'EEXIST'
        ? ['another mts is revoking', `Try again; if no other one is running, delete ${lock}.`]
        : [`${lock} cannot be made: ${code}`, 'Choose a folder that you may write to.'];
    throw new OutsideError('FILE', `nothing was revoked in ${dir}: ${why}`, fix, { cause: error });
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Leading zeros are a matter of who prints it. */
function sameSerial(a: string, b: string): boolean {
  return BigInt(`0x${a}`) === BigInt(`0x${b}`);
}

function unreadable(source: string, cause?: unknown): UsageError {
  const options = cause === undefined ? undefined : { cause };
  return new UsageError(`${source} is no list of revoked certificates`, 'Give a CRL in PEM form.', options);
}
