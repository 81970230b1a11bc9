/** Credentials that OpenSSL takes and a board would not, and texts that hold none. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Credentials, checkCredentials } from '../../../../cloud/connector/transports/credentials.ts';
import { UsageError } from '../../../../cloud/protocol/errors.ts';
import { Authority, type Pair } from './certificates.ts';
import { handmade } from './handmade.ts';

let authority: Authority;
let server: Pair;

beforeAll(async () => {
  authority = await Authority.named('boards');
  server = await authority.issue('/CN=connector', {
    extensions: ['keyUsage = digitalSignature', 'extendedKeyUsage = serverAuth'],
  });
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
});

test('what a board takes', async () => {
  const another = await Authority.named('others');
  const full: Credentials = {
    ...server,
    // A chain that just fits, and text around it, as OpenSSL's command prints it.
    cert: `Certificate:\n  Data\n${server.cert}\n\n${another.own.cert}`,
    authority: authority.own.cert + another.own.cert,
    crl: (await authority.revoking([])) + (await another.revoking([])),
    trusted: [`${'ab:'.repeat(31)}CD`],
  };
  const trust = checkCredentials(full);
  expect(trust.authorities).toHaveLength(2);
  expect(trust.secure.crl).toHaveLength(2);
  expect([...trust.trusted]).toEqual([`${'AB:'.repeat(31)}CD`]);
  await another[Symbol.asyncDispose]();
});

const given = (): Credentials => ({ ...server, authority: authority.own.cert });
const repeated = (text: string, times: number): string => Array(times).fill(text).join('\n');

test.each<[string, string, () => Promise<Partial<Credentials>>]>([
  ['no certificate', 'there is no certificate', async () => ({ cert: '' })],
  ['no authority', "there is no authorities' certificate", async () => ({ authority: 'none' })],
  ['no key', 'the private key cannot be read', async () => ({ key: '' })],
  [
    'key and certificate exchanged',
    'where CERTIFICATE should be',
    async () => ({ cert: server.key, key: server.cert }),
  ],
  ['a broken certificate', 'cannot be read', async () => ({ cert: server.cert.replace('MI', 'MM') })],
  ['no base64', 'is no base64', async () => ({ cert: server.cert.replace('MI', 'M=') })],
  ['another key', 'is not that of its certificate', async () => ({ key: authority.own.key })],
  ['an RSA key', 'its key is rsa', () => authority.issue('/CN=c', { key: 'RSA' })],
  ['a P-521 key', 'its key is ec secp521r1', () => authority.issue('/CN=c', { key: 'P-521' })],
  [
    'a purpose that is not a server’s',
    'not for a server',
    () => authority.issue('/CN=c', { extensions: ['extendedKeyUsage = clientAuth'] }),
  ],
  ['a chain too long', 'a board has room for 2048', async () => ({ cert: repeated(server.cert, 7) })],
  [
    'authorities with names too long',
    'the names of the authorities take',
    async () => ({ authority: handmade(authority.own, { commonNames: ['x'.repeat(2_000)] }).cert }),
  ],
  ['a list that is none', 'there is no revocation list', async () => ({ crl: 'none' })],
  ['a list that is a certificate', 'where X509 CRL should be', async () => ({ crl: server.cert })],
  [
    'a broken list',
    'the revocation list cannot be read',
    async () => ({ crl: '-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n' }),
  ],
  [
    'a list of another authority',
    'the authority CN=boards has no revocation list',
    async () => {
      await using another = await Authority.named('others');
      return { crl: await another.revoking([]) };
    },
  ],
  ['a fingerprint too short', 'is no SHA-256 fingerprint', async () => ({ trusted: ['ab'.repeat(20)] })],
  ['a fingerprint of other letters', 'is no SHA-256 fingerprint', async () => ({ trusted: ['xy'.repeat(32)] })],
])('%s', async (_name, says, more) => {
  const credentials = { ...given(), ...(await more()) };
  const check = (): unknown => checkCredentials(credentials);
  expect(check).toThrow(UsageError);
  expect(check).toThrow(says);
  // A private key is never told.
  try {
    check();
  } catch (error) {
    expect(String(error)).not.toContain(server.key.split('\n')[1]);
  }
});
