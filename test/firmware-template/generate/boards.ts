/** Settings of boards for tests: real credentials, made once, and whatever else is wished. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { BoardCredentials } from '../../../firmware-template/credentials/credentials.ts';
import { firmwareFiles } from '../../../firmware-template/generate/files.ts';
import type { FirmwareSettings } from '../../../firmware-template/generate/settings.ts';
import { type BoardNames, boardNames, commonName } from '../../../firmware-template/names.ts';
import { writeFiles } from '../../../firmware-template/write-files.ts';
import { certificate } from '../credentials/certificates.ts';

export { NOW } from '../credentials/certificates.ts';

const authority = certificate({ name: 'authority', ca: true });

/** Of a board that works. */
export async function credentialsOf(names: BoardNames): Promise<BoardCredentials> {
  const issuer = await authority;
  const { cert, key } = await certificate({ name: commonName(names), issuer });
  return { ...names, serverCert: issuer.cert, cert, key };
}

const usual = credentialsOf({ domain: 'mts', endpoint: 'board-1' });

export async function settings(wish: Partial<FirmwareSettings> = {}): Promise<FirmwareSettings> {
  return {
    credentials: wish.credentials ?? (await usual),
    server: { host: '192.168.1.20', port: 5684 },
    transport: 'tls',
    target: 'K64F',
    network: { kind: 'ethernet' },
    ...wish,
  };
}

/** The text of one of the generated files. */
export async function fileText(name: string, wish: Partial<FirmwareSettings> = {}): Promise<string> {
  return (await firmwareFiles(await settings(wish))).find((file) => file.name === name)!.text;
}

/** Generates into a new folder, gives it to `work`, and removes it. */
export async function inGenerated<T>(
  wish: Partial<FirmwareSettings>,
  work: (dir: string, generated: FirmwareSettings) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-firmware-'));
  try {
    const generated = await settings(wish);
    await writeFiles(dir, await firmwareFiles(generated), { force: false });
    return await work(dir, generated);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Every name that a board may have, the odd ones often. */
export const name: fc.Arbitrary<string> = fc
  .string({ unit: fc.constantFrom(...'aB9-_. `*/{}$|[]()!~^+=,:;@{}'), minLength: 1, maxLength: 64 })
  .filter((text) => isName(text));

function isName(text: string): boolean {
  try {
    boardNames({ domain: text.replaceAll('/', ''), endpoint: text });
    return true;
  } catch {
    return false;
  }
}

/** Certificates need not be of this name to be compiled. */
export const names: fc.Arbitrary<BoardNames> = fc
  .record({ domain: name.filter((text) => !text.includes('/')), endpoint: name })
  .filter(({ domain, endpoint }) => domain.length + endpoint.length < 200);
