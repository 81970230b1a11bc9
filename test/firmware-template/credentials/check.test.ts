/** What keeps a board from shaking hands is found before it is flashed, and nothing good is refused. */
import { expect, test } from '@jest/globals';
import { readCertificates } from '../../../firmware-template/credentials/certificate.ts';
import { checkBoard, checkServer } from '../../../firmware-template/credentials/check.ts';
import type {
  BoardCredentials,
  Finding,
  ServerCredentials,
} from '../../../firmware-template/credentials/credentials.ts';
import {
  makeAuthority,
  makeBoard,
  makeRevocationList,
  makeServer,
} from '../../../firmware-template/credentials/make.ts';
import { pemText, readPem } from '../../../firmware-template/credentials/pem.ts';
import { readPrivateKey } from '../../../firmware-template/credentials/private-key.ts';
import { KeyUsageFlags } from '../../../firmware-template/credentials/x509.ts';
import {
  authority,
  certificate,
  type Hash,
  type Kind,
  NOW,
  type Pair,
  type Recipe,
  withNullParameter,
} from './certificates.ts';

const CLIENT = '1.3.6.1.5.5.7.3.2';
const SERVER = '1.3.6.1.5.5.7.3.1';
const NAMES = { domain: 'dom', endpoint: 'board-1' };
const issuer = await authority();
const own = await certificate({ name: 'dom/board-1', issuer });
const days = (n: number): Date => new Date(NOW.getTime() + n * 86_400_000);

function board(changes: Partial<BoardCredentials> = {}): BoardCredentials {
  return { ...NAMES, serverCert: issuer.cert, cert: own.cert, key: own.key, ...changes };
}

async function boardOf(recipe: Recipe): Promise<BoardCredentials> {
  const { cert, key } = await certificate({ name: 'dom/board-1', issuer, ...recipe });
  return board({ cert, key });
}

/** `level CODE` of each. */
async function found(credentials: BoardCredentials, now = NOW): Promise<string[]> {
  return told(await checkBoard(credentials, now));
}

function told(findings: readonly Finding[]): string[] {
  for (const { message, fix } of findings) {
    expect(message).not.toMatch(/undefined|null|NaN|\[object/);
    expect(fix).toMatch(/\.$/);
  }
  return findings.map(({ level, code }) => `${level} ${code}`);
}

test('what init and issue make is good, today and until shortly before its end', async () => {
  const made = await makeAuthority(NOW);
  const signer = { certificate: (await readCertificates(made.cert, 'a'))[0]!, key: readPrivateKey(made.key, 'k') };
  const { cert, key } = await makeBoard(signer, NAMES, NOW);
  const server = {
    ...(await makeServer(signer, NOW)),
    authority: made.cert,
    crl: await makeRevocationList(signer, [], NOW),
  };
  for (const now of [NOW, days(365 * 19)]) {
    expect(await found({ ...NAMES, serverCert: made.cert, cert, key }, now)).toEqual([]);
    expect(await checkServer(server, now)).toEqual([]);
  }
});

test.each<[string, () => Promise<BoardCredentials>]>([
  ['P-384', () => boardOf({ kind: 'P-384' })],
  ['no extensions at all', () => boardOf({})],
  ['usage that fits', () => boardOf({ usage: KeyUsageFlags.digitalSignature, extendedUsage: [CLIENT], ca: false })],
  ['any extended usage', () => boardOf({ extendedUsage: ['2.5.29.37.0'] })],
  ['several extended usages', () => boardOf({ extendedUsage: [SERVER, CLIENT] })],
  [
    'a NULL after the algorithm, as the old service wrote it',
    async () => board({ cert: withNullParameter(own, issuer.key) }),
  ],
  [
    'a SEC1 key',
    async () => board({ key: readPrivateKey(own.key, 'k').key.export({ type: 'sec1', format: 'pem' }).toString() }),
  ],
  ['SHA-384', async () => signedBy(await authority({ kind: 'P-384', hash: 'SHA-384' }))],
  ['SHA-512', async () => signedBy(await authority({ hash: 'SHA-512' }))],
  [
    'a self-signed server certificate as anchor',
    async () => board({ serverCert: (await certificate({ name: 'srv', ca: false })).cert }),
  ],
  ['an authority below another', async () => board({ serverCert: (await authority({ name: 'sub', issuer })).cert })],
  ['two authorities', async () => board({ serverCert: issuer.cert + (await authority()).cert })],
  ['its issuer behind it', async () => board({ cert: own.cert + issuer.cert })],
])('with %s a board is good', async (_what, made) => {
  expect(await found(await made())).toEqual([]);
});

async function signedBy(signer: Pair): Promise<BoardCredentials> {
  const { cert, key } = await certificate({ name: 'dom/board-1', issuer: signer });
  return board({ cert, key, serverCert: signer.cert });
}

const other = await certificate({ name: 'dom/board-1', issuer });

test.each<[string, string[], () => Promise<BoardCredentials>]>([
  ['the key of another', ['error KEY_OF_ANOTHER'], async () => board({ key: other.key })],
  ['another name', ['error NAME_OF_ANOTHER'], async () => board({ endpoint: 'board-2' })],
  ['another domain', ['error NAME_OF_ANOTHER'], async () => board({ domain: 'mod' })],
  ['two names in one', ['error NAME_OF_ANOTHER'], () => boardOf({ name: [{ CN: ['dom/board-1'] }, { CN: ['x'] }] })],
  ['no name', ['error NAME_OF_ANOTHER'], () => boardOf({ name: [{ O: ['dom/board-1'] }] })],
  [
    'a name that the board cannot take',
    ['error NAME', 'error NAME_OF_ANOTHER'],
    async () => board({ endpoint: 'a&b' }),
  ],
  ['P-521', ['error KEY_KIND'], () => boardOf({ kind: 'P-521' })],
  ['RSA', ['error KEY_KIND'], () => boardOf({ kind: 'RSA' })],
  ['Ed25519', ['error KEY_KIND'], () => boardOf({ kind: 'Ed25519' })],
  [
    'an authority with RSA',
    ['error SIGNATURE_KIND', 'error KEY_KIND', 'error SIGNATURE_KIND'],
    async () => signedBy(await authority({ kind: 'RSA' })),
  ],
  [
    'SHA-1',
    ['error SIGNATURE_KIND'],
    async () => {
      const old = await authority({ hash: 'SHA-1' });
      return { ...(await signedBy(old)), serverCert: issuer.cert };
    },
  ],
  ['usage for signing certificates', ['error KEY_USAGE'], () => boardOf({ usage: KeyUsageFlags.keyCertSign })],
  ['extended usage of a server', ['error EXTENDED_KEY_USAGE'], () => boardOf({ extendedUsage: [SERVER] })],
  ['an authority as a board', ['warning LEAF_IS_AUTHORITY'], () => boardOf({ ca: true })],
  [
    'a pinned leaf',
    ['error SERVER_CERT_PINNED_LEAF'],
    async () => board({ serverCert: (await certificate({ name: 'srv', issuer })).cert }),
  ],
  [
    'a pinned leaf beside an authority',
    ['warning SERVER_CERT_PINNED_LEAF'],
    async () => board({ serverCert: (await certificate({ name: 'srv', issuer })).cert + issuer.cert }),
  ],
  [
    'an authority that may not sign',
    ['error SERVER_CERT_KEY_USAGE'],
    async () => board({ serverCert: (await authority({ usage: KeyUsageFlags.cRLSign })).cert }),
  ],
  [
    'an anchor on P-521',
    ['error KEY_KIND'],
    async () => board({ serverCert: issuer.cert + (await authority({ kind: 'P-521' })).cert }),
  ],
  ['a stranger behind it', ['warning CHAIN_ORDER'], async () => board({ cert: own.cert + (await authority()).cert })],
  [
    'an issuer with RSA behind it',
    ['error KEY_KIND', 'error SIGNATURE_KIND', 'warning CHAIN_ORDER'],
    async () => board({ cert: own.cert + (await authority({ kind: 'RSA' })).cert }),
  ],
  ['a long chain', ['error TOO_LARGE'], async () => boardOf({ padding: 1800 })],
  [
    'the old service',
    ['warning OLD_SERVICE'],
    async () =>
      board({ serverCert: (await certificate({ name: [{ C: ['FI'] }, { CN: ['ARM mbed'] }], ca: true })).cert }),
  ],
  [
    'the issuer of the old service',
    ['warning OLD_SERVICE'],
    async () => ({ ...(await signedBy(await authority({ name: 'mbed-connector-2018' }))), serverCert: issuer.cert }),
  ],
])('with %s: %j', async (_what, findings, made) => {
  expect(await found(await made())).toEqual(findings);
});

test.each<[string, Recipe, string[]]>([
  ['yesterday', { notAfter: days(-1) }, ['warning EXPIRED']],
  ['tomorrow', { notBefore: days(1) }, ['warning NOT_YET_VALID']],
  ['89 days', { notAfter: days(89) }, ['warning EXPIRES_SOON']],
  ['91 days', { notAfter: days(91) }, []],
])('dates are warnings, since the board has no clock: %s', async (_what, dates, findings) => {
  expect(await found(await boardOf(dates))).toEqual(findings);
  expect(await found(board({ serverCert: (await authority(dates)).cert }))).toEqual(findings);
});

test('the old service is named, and the way out of it', async () => {
  const old = await certificate({ name: [{ C: ['FI'] }, { CN: ['ARM mbed'] }], ca: true });
  const [finding] = await checkBoard(board({ serverCert: old.cert }), NOW);
  expect(finding!.message).toMatch(/closed in 2018.*refuses any other server/);
  expect(finding!.fix).toContain('--credentials');
});

test('a certificate or key that cannot be read is told without its text', async () => {
  const { der } = readPem(own.cert, 'x')[0]!;
  const broken = Uint8Array.from(der);
  broken[10] = 0xff;
  await expect(checkBoard(board({ cert: pemText({ label: 'CERTIFICATE', der: broken }) }), NOW)).rejects.toThrow(
    'CERT holds a certificate that cannot be read',
  );
  const noKey = pemText({ label: 'PRIVATE KEY', der });
  await expect(checkBoard(board({ key: noKey }), NOW)).rejects.toThrow('KEY holds a private key that cannot be read');
});

/** A server with an authority and a list of its own. */
async function server(recipe: Recipe = {}, changes: Partial<ServerCredentials> = {}): Promise<ServerCredentials> {
  const { cert, key } = await certificate({ name: 'srv', issuer, ...recipe });
  return { cert, key, authority: issuer.cert, crl: await list(issuer), ...changes };
}

async function list(signer: Pair, serials: readonly string[] = []): Promise<string> {
  const from = { certificate: (await readCertificates(signer.cert, 'a'))[0]!, key: readPrivateKey(signer.key, 'k') };
  return makeRevocationList(
    from,
    serials.map((serial) => ({ serial, at: NOW })),
    NOW,
  );
}

const many = await Promise.all(
  Array.from({ length: 15 }, async (_, i) => (await authority({ name: `authority ${i} ${'x'.repeat(120)}` })).cert),
);

test.each<[string, string[], () => Promise<ServerCredentials>]>([
  ['all good', [], () => server()],
  ['usage that fits', [], () => server({ usage: KeyUsageFlags.digitalSignature, extendedUsage: [SERVER] })],
  [
    'its issuer behind it',
    [],
    async () => {
      const made = await server();
      return { ...made, cert: made.cert + issuer.cert };
    },
  ],
  ['the key of another', ['error KEY_OF_ANOTHER'], () => server({}, { key: other.key })],
  ['RSA', ['error KEY_KIND'], () => server({ kind: 'RSA' })],
  ['P-521', ['error KEY_KIND'], () => server({ kind: 'P-521' })],
  ['extended usage of a client', ['error EXTENDED_KEY_USAGE'], () => server({ extendedUsage: [CLIENT] })],
  ['no digitalSignature', ['error KEY_USAGE'], () => server({ usage: KeyUsageFlags.keyAgreement })],
  ['a long chain', ['error TOO_LARGE'], () => server({ padding: 1800 })],
  ['16 authorities', ['error TOO_LARGE'], () => server({}, { authority: issuer.cert + many.join('') })],
  ['an issuer of its own', ['warning SERVER_OF_ANOTHER'], async () => server({ issuer: await authority() })],
  [
    'itself as authority',
    ['error NO_AUTHORITY'],
    async () => {
      const made = await certificate({ name: 'srv' });
      return { cert: made.cert, key: made.key, authority: made.cert, crl: await list(made) };
    },
  ],
  ['the list of another', ['error CRL_OF_ANOTHER'], async () => server({}, { crl: await list(await authority()) })],
  [
    'a list that ended',
    ['error CRL_EXPIRED', 'warning EXPIRED'],
    async () => {
      const ended = await authority({ notAfter: days(-1) });
      return { ...(await server({ issuer: ended })), authority: ended.cert, crl: await list(ended) };
    },
  ],
  [
    'itself revoked',
    ['error REVOKED'],
    async () => {
      const made = await server();
      const { serial } = (await readCertificates(made.cert, 'x'))[0]!;
      return { ...made, crl: await list(issuer, [serial]) };
    },
  ],
  ['an expired certificate', ['warning EXPIRED'], () => server({ notAfter: days(-1) })],
])('of a server with %s: %j', async (_what, findings, made) => {
  expect(told(await checkServer(await made(), NOW))).toEqual(findings);
});

/** Kinds of key against what a certificate says of them. */
test.each<[Kind, Hash]>([
  ['P-256', 'SHA-256'],
  ['P-384', 'SHA-512'],
  ['P-521', 'SHA-512'],
  ['RSA', 'SHA-256'],
  ['Ed25519', 'SHA-256'],
])('a key of the kind %s is called so', async (kind, hash) => {
  const { cert } = await certificate({ kind, hash });
  expect((await readCertificates(cert, 'x'))[0]!.keyKind).toBe(kind === 'RSA' ? 'RSA of 2048 bits' : kind);
});
