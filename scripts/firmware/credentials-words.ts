/**
 * Where a board's credentials come from, as options: a folder that `mts credentials` keeps, a security.h, a bundle, or PEM
 * files. Exactly one of the four; a folder beside one of the others gives its authority, for the board to trust.
 */
import type { InferredOptionTypes, Options } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { BoardCredentials, Finding } from '../../firmware-template/credentials/credentials.ts';
import type { Credentials } from '../../firmware-template/credentials/folder.ts';
import { domainName, endpointName } from '../../firmware-template/names.ts';
import { shellWord } from '../../firmware-template/shell-word.ts';
import { printable } from '../printable.ts';
import { readSecretFile } from './secret-file.ts';

export const credentialOptions = {
  credentials: { type: 'string', describe: 'Folder that `mts credentials init` made' },
  endpoint: { type: 'string', describe: "The board's endpoint name; where a file has one, it must be the same" },
  domain: { type: 'string', describe: "The board's domain, the same" },
  'security-h': { type: 'string', describe: 'A security.h that has been filled in, in place of a folder' },
  bundle: { type: 'string', describe: 'A file that `mts credentials export` wrote, in place of a folder' },
  ca: { type: 'string', describe: 'PEM file that the board is to trust its server by; with --cert and --key' },
  cert: { type: 'string', describe: "PEM file with the board's certificate" },
  key: { type: 'string', describe: "PEM file with the board's private key" },
} as const satisfies Readonly<Record<string, Options>>;

export type CredentialArgs = Partial<InferredOptionTypes<typeof credentialOptions>>;

export interface FoundCredentials {
  readonly credentials: BoardCredentials;
  /** Warnings only. */
  readonly findings: Finding[];
}

/** A board's credentials as they were read, whatever is wrong with them. */
export interface ReadCredentials {
  readonly credentials: BoardCredentials;
  /** Of the files that they came from: a key that others may read. */
  readonly findings: readonly Finding[];
}

const WAYS = 'a folder (--credentials with --endpoint), --security-h, --bundle, or --ca with --cert and --key';

/** The board that the options name, good for flashing; UsageError lists all that is wrong with it. */
export async function boardCredentialsOf(args: CredentialArgs, now: Date): Promise<FoundCredentials> {
  const { checkBoard } = await import('../../firmware-template/credentials/check.ts');
  const read = await readBoardOf(args);
  const found = await checkBoard(read.credentials, now);
  refuseErrors(found);
  return { credentials: read.credentials, findings: [...read.findings, ...found] };
}

/** The same, not yet judged. */
export async function readBoardOf(args: CredentialArgs): Promise<ReadCredentials> {
  const files = filesOf(args);
  const folder = args.credentials === undefined ? undefined : await openFolder(args.credentials);
  if (files === undefined) return { credentials: await boardIn(folder, args), findings: [] };
  const { credentials, findings } = await files.read(folder?.authority);
  agree('--endpoint', args.endpoint, credentials.endpoint);
  agree('--domain', args.domain, credentials.domain);
  return {
    credentials: folder === undefined ? credentials : { ...credentials, serverCert: folder.authority },
    findings,
  };
}

/** UsageError with every error among the findings. */
export function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length === 0) return;
  const [first] = errors;
  if (errors.length === 1 && first !== undefined) throw new UsageError(printable(first.message), printable(first.fix));
  const list = errors.map(({ message, fix }) => `  - ${printable(message)}. ${printable(fix)}`).join('\n');
  throw new UsageError(`${errors.length} things are wrong with these credentials:\n${list}`, 'Mend them all.');
}

async function openFolder(dir: string): Promise<Credentials> {
  const { openCredentials } = await import('../../firmware-template/credentials/folder.ts');
  return openCredentials(dir);
}

async function boardIn(folder: Credentials | undefined, args: CredentialArgs): Promise<BoardCredentials> {
  if (folder === undefined) throw new UsageError('no credentials are given', `Give one of: ${WAYS}.`);
  if (args.endpoint === undefined) {
    throw new UsageError('--credentials is given without --endpoint', 'Say which board: give --endpoint.');
  }
  const domain = args.domain === undefined ? undefined : domainName(args.domain);
  return folder.board(endpointName(args.endpoint), domain);
}

/** Files that hold a board's credentials, to be read; `authority` is that of a folder beside them. */
interface Files {
  read(authority: string | undefined): Promise<ReadCredentials>;
}

function filesOf(args: CredentialArgs): Files | undefined {
  const { 'security-h': securityH, bundle, ca, cert, key } = args;
  const pem = [ca, cert, key].some((path) => path !== undefined);
  const given = [
    securityH === undefined ? [] : '--security-h',
    bundle === undefined ? [] : '--bundle',
    pem ? '--ca, --cert and --key' : [],
  ].flat();
  if (given.length > 1) {
    throw new UsageError(`${given.join(' and ')} are given, each with a board of its own`, `Give one of: ${WAYS}.`);
  }
  if (securityH !== undefined) return { read: () => readSecurityHFile(securityH) };
  if (bundle !== undefined) return { read: () => readBundleFile(bundle) };
  return pem ? { read: (authority) => readPemFiles(args, authority) } : undefined;
}

async function readSecurityHFile(path: string): Promise<ReadCredentials> {
  const { readSecurityH } = await import('../../firmware-template/credentials/security-h.ts');
  const { text, open } = await readSecretFile('--security-h', path);
  return { credentials: readSecurityH(text, printable(path)), findings: openFile(path, open) };
}

async function readBundleFile(path: string): Promise<ReadCredentials> {
  const { readBundle } = await import('../../firmware-template/credentials/bundle.ts');
  const { text, open } = await readSecretFile('--bundle', path);
  return { credentials: readBundle(text, printable(path)), findings: openFile(path, open) };
}

async function readPemFiles(args: CredentialArgs, authority: string | undefined): Promise<ReadCredentials> {
  const { certificatesText, keyText } = await import('../../firmware-template/credentials/board-pem.ts');
  const { readCertificates } = await import('../../firmware-template/credentials/certificate.ts');
  const { namesOf } = await import('../../firmware-template/credentials/board-folder.ts');
  const { ca, cert, key } = args;
  if (cert === undefined || key === undefined || (ca === undefined && authority === undefined)) {
    const missing = Object.entries({ ca: ca ?? authority, cert, key }).flatMap(([name, path]) =>
      path === undefined ? `--${name}` : [],
    );
    throw new UsageError(
      `${missing.join(' and ')} missing`,
      'Give --ca, --cert and --key; --credentials may stand for --ca.',
    );
  }
  const certFile = certificatesText((await readSecretFile('--cert', cert)).text, printable(cert));
  const keyFile = await readSecretFile('--key', key);
  const serverCert =
    ca === undefined ? authority! : certificatesText((await readSecretFile('--ca', ca)).text, printable(ca));
  const inside = namesOf((await readCertificates(certFile, printable(cert)))[0]!);
  const [endpoint, domain] = [args.endpoint ?? inside?.endpoint, args.domain ?? inside?.domain];
  if (endpoint === undefined || domain === undefined) {
    throw new UsageError(
      `the certificate ${printable(cert)} does not say whose it is (its common name is no "domain/endpoint")`,
      'Give --endpoint and --domain.',
    );
  }
  const names = { endpoint: endpointName(endpoint), domain: domainName(domain) };
  const credentials = { ...names, serverCert, cert: certFile, key: keyText(keyFile.text, printable(key)) };
  return { credentials, findings: openFile(key, keyFile.open) };
}

function agree(option: string, given: string | undefined, found: string): void {
  if (given === undefined || given === found) return;
  const told = `${option} is ${printable(given)}, and the credentials are of ${printable(found)}`;
  throw new UsageError(told, `Leave ${option} out, or give the credentials of that board.`);
}

function openFile(path: string, open: boolean): Finding[] {
  if (!open) return [];
  return [
    {
      code: 'KEY_READABLE',
      level: 'warning',
      message: `others on this machine may read ${printable(path)}, and a private key is in it`,
      fix: `Close it to them: \`chmod 600 ${shellWord(printable(path))}\`.`,
    },
  ];
}
