/** What is made is what openssl takes it for: it verifies, and says in its own words what is in it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keyText } from '../../../firmware-template/credentials/board-pem.ts';
import { checkBoard } from '../../../firmware-template/credentials/check.ts';
import { type Credentials, openCredentials } from '../../../firmware-template/credentials/folder.ts';
import { initCredentials } from '../../../firmware-template/credentials/init.ts';
import { NOW } from './certificates.ts';

const OPENSSL = '/usr/bin/openssl';
/** Without it these are named and not run; under CI=true they run all the same, and fail. */
const withOpenssl = existsSync(OPENSSL) || process.env.CI === 'true' ? describe : describe.skip;

let dir = '';
let credentials: Credentials;
const openssl = async (...words: string[]): Promise<string> => (await promisify(execFile)(OPENSSL, words)).stdout;
const at = (name: string): string => join(dir, 'c', name);
const SECONDS = String(NOW.getTime() / 1000);

withOpenssl('openssl', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mts-credentials-openssl-'));
    await initCredentials(join(dir, 'c'), { now: NOW, force: false });
    credentials = await openCredentials(join(dir, 'c'));
    await credentials.issue({ endpoint: 'b' }, { now: NOW, force: false });
  });
  afterAll(async () => {
    await rm(dir, { recursive: true });
  });

  test.each([
    ['sslserver', 'server.pem'],
    ['sslclient', 'boards/b/certificate.pem'],
  ])('verifies as %s: %s, to the letter of RFC 5280', async (purpose, name) => {
    const words = ['verify', '-x509_strict', '-attime', SECONDS, '-CAfile', at('authority.pem'), '-purpose', purpose];
    expect(await openssl(...words, at(name))).toBe(`${at(name)}: OK\n`);
    const crl = ['-crl_check_all', '-CRLfile', at('revoked.crl.pem')];
    expect(await openssl(...words, ...crl, at(name))).toBe(`${at(name)}: OK\n`);
  });

  test('the authority is one, below which is no other', async () => {
    const text = await openssl('x509', '-in', at('authority.pem'), '-noout', '-text');
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0\s/);
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\s/);
    expect(text).toContain('NIST CURVE: P-256');
    expect(text).toContain('Not After : Mar  1 12:00:00 2046 GMT');
    expect(text).toContain('Not Before: Mar  1 11:50:00 2026 GMT');
    expect(await openssl('x509', '-in', at('authority.pem'), '-noout', '-serial')).toMatch(
      /^serial=[4-7][0-9A-F]{31}\n$/,
    );
  });

  test('server and board are for one thing each', async () => {
    const server = await openssl('x509', '-in', at('server.pem'), '-noout', '-text');
    expect(server).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication\s/);
    expect(server).toMatch(/Key Usage: critical\s+Digital Signature\s/);
    expect(server).toContain('DNS:mbed-time-series-connector');
    const board = await openssl('x509', '-in', at('boards/b/certificate.pem'), '-noout', '-text');
    expect(board).toMatch(/Extended Key Usage:\s+TLS Web Client Authentication\s/);
    expect(board).toMatch(/Subject: CN = mts\/b\n/);
    expect(board).toContain('CA:FALSE');
  });

  test('keys are PKCS#8, and sound', async () => {
    for (const name of ['authority-key.pem', 'server-key.pem', 'boards/b/key.pem']) {
      expect(await openssl('pkey', '-in', at(name), '-noout', '-check')).toContain('Key is valid');
    }
  });

  test('dates from 2050 on are written as they must be', async () => {
    const late = join(dir, 'late');
    const now = new Date('2036-05-05T00:00:00Z');
    await initCredentials(late, { now, force: false });
    const text = await openssl('asn1parse', '-in', join(late, 'authority.pem'));
    expect(text).toMatch(/UTCTIME\s+:360504235000Z/);
    expect(text).toMatch(/GENERALIZEDTIME\s+:20560505000000Z/);
    const crl = await openssl('crl', '-in', join(late, 'revoked.crl.pem'), '-noout', '-nextupdate');
    expect(crl).toBe('nextUpdate=May  5 00:00:00 2056 GMT\n');
  });

  test('a list names who was revoked, is numbered, and verifies', async () => {
    const list = ['crl', '-in', at('revoked.crl.pem'), '-noout'];
    expect(await openssl(...list, '-text')).toContain('No Revoked Certificates.');
    const serials: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { serial } = (await credentials.find('b'))!.certificate;
      serials.push(serial);
      await credentials.issue({ endpoint: 'b' }, { now: NOW, force: true });
    }
    const text = await openssl(...list, '-text');
    expect([...text.matchAll(/Serial Number: ([0-9A-F]+)/g)].map(([, serial]) => serial)).toEqual(serials);
    expect(text).toMatch(/CRL Number:\s+4\s/);
    expect(text).toContain('Revocation Date: Mar  1 12:00:00 2026 GMT');
    // openssl says so on stderr only; with another's certificate it fails.
    await openssl('crl', '-in', at('revoked.crl.pem'), '-noout', '-CAfile', at('authority.pem'));
  });

  test('what openssl itself makes is taken: a key of the old form with its parameters, a certificate with text around it', async () => {
    const [key, csr, cert] = [join(dir, 'key.pem'), join(dir, 'csr.pem'), join(dir, 'cert.pem')];
    await writeFile(key, await openssl('ecparam', '-name', 'prime256v1', '-genkey'));
    await openssl('req', '-new', '-key', key, '-subj', '/CN=mts\\/made', '-out', csr);
    const authority = [
      '-CA',
      at('authority.pem'),
      '-CAkey',
      at('authority-key.pem'),
      '-CAcreateserial',
      '-CAserial',
      join(dir, 'serial'),
    ];
    await openssl('x509', '-req', '-in', csr, ...authority, '-days', '36500', '-text', '-out', cert);
    const { readFile } = await import('node:fs/promises');
    const board = {
      domain: 'mts',
      endpoint: 'made',
      serverCert: credentials.authority,
      cert: await readFile(cert, 'utf8'),
      key: keyText(await readFile(key, 'utf8'), 'key'),
    };
    // Of today: openssl dates what it signs.
    expect(await checkBoard(board, new Date())).toEqual([]);
  });

  test('an encrypted key of openssl is refused, of either form', async () => {
    const modern = await openssl('pkcs8', '-topk8', '-in', at('server-key.pem'), '-passout', 'pass:x');
    const old = await openssl('ec', '-in', at('server-key.pem'), '-aes128', '-passout', 'pass:x');
    expect(old).toContain('Proc-Type: 4,ENCRYPTED');
    for (const text of [modern, old])
      expect(() => keyText(text, 'key.pem')).toThrow('key.pem is an encrypted private key');
  });
});
