/**
 * Makes the certificates of an own authority (RFC 5280): itself, its server, its boards, and its list of the revoked.
 *
 * All on P-256 and signed with ECDSA and SHA-256, which the board's TLS is built for. They live as long as a board may hang
 * on a wall: the board has no clock and cannot be told of new ones without being flashed. Nothing is written here.
 */
import { randomBytes, webcrypto } from 'node:crypto';
import { type BoardNames, commonName } from '../names.ts';
import type { Certificate } from './certificate.ts';
import { pemText } from './pem.ts';
import type { PrivateKey } from './private-key.ts';

/** A certificate and its private key (PKCS#8), both PEM. */
export interface Made {
  readonly cert: string;
  readonly key: string;
}

/** Who signs. */
export interface Authority {
  readonly certificate: Certificate;
  readonly key: PrivateKey;
}

export interface Revoked {
  /** Hexadecimal. */
  readonly serial: string;
  readonly at: Date;
}

/** What the server's certificate is made out to; boards compare no name (they send none, and check none). */
const SERVER_NAME = 'mbed-time-series connector';
const SERVER_HOST = 'mbed-time-series-connector';
const YEARS = 20;
/** Clocks of two machines differ. */
const BACKDATED_MS = 10 * 60_000;
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { ...CURVE, hash: 'SHA-256' } as const;
const CRL_NUMBER = '2.5.29.20';

/** A new authority, self-signed, which may sign certificates of boards and servers but no other authority. */
export async function makeAuthority(now: Date): Promise<Made> {
  const x509 = await import('./x509.ts');
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      // Two authorities of one person are told apart by it.
      name: [{ CN: [`mbed-time-series authority ${randomBytes(4).toString('hex')}`] }],
      serialNumber: serialNumber(),
      ...lifetime(now),
      signingAlgorithm: SIGNING,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { cert: derText(certificate.rawData), key: await keyPem(keys.privateKey) };
}

/** The certificate that the connector shows to boards. */
export function makeServer(authority: Authority, now: Date): Promise<Made> {
  return makeLeaf(authority, SERVER_NAME, 'server', now);
}

/** The certificate that a board shows: its names are its common name. */
export function makeBoard(authority: Authority, names: BoardNames, now: Date): Promise<Made> {
  return makeLeaf(authority, commonName(names), 'board', now);
}

/** The authority's list of all that it revoked; good until the authority itself ends, since nobody renews it by the clock. */
export async function makeRevocationList(
  { certificate, key }: Authority,
  revoked: readonly Revoked[],
  now: Date,
): Promise<string> {
  const x509 = await import('./x509.ts');
  const issuer = new x509.X509Certificate(new Uint8Array(certificate.der));
  const list = await x509.X509CrlGenerator.create(
    {
      issuer: issuer.subjectName.toJSON(),
      thisUpdate: backdated(now),
      nextUpdate: certificate.notAfter,
      signingAlgorithm: SIGNING,
      signingKey: await signingKey(key),
      entries: revoked.map(({ serial, at }) => ({ serialNumber: serial, revocationDate: wholeSeconds(at) })),
      extensions: [
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
        // It only ever grows, so that its length numbers it (RFC 5280 §5.2.3).
        new x509.Extension(CRL_NUMBER, false, derInteger(revoked.length + 1)),
      ],
    },
    webcrypto,
  );
  return pemText({ label: 'X509 CRL', der: new Uint8Array(list.rawData) });
}

async function makeLeaf(authority: Authority, name: string, kind: 'server' | 'board', now: Date): Promise<Made> {
  const x509 = await import('./x509.ts');
  const keys = await makeKeys();
  const issuer = new x509.X509Certificate(new Uint8Array(authority.certificate.der));
  const usage = kind === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const { notBefore, notAfter } = lifetime(now);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: [{ CN: [name] }],
      issuer: issuer.subjectName.toJSON(),
      serialNumber: serialNumber(),
      notBefore,
      notAfter: notAfter < authority.certificate.notAfter ? notAfter : authority.certificate.notAfter,
      signingAlgorithm: SIGNING,
      publicKey: keys.publicKey,
      signingKey: await signingKey(authority.key),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(kind === 'server'
          ? [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: SERVER_HOST }], false)]
          : []),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { cert: derText(certificate.rawData), key: await keyPem(keys.privateKey) };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
}

function signingKey({ key }: PrivateKey): Promise<webcrypto.CryptoKey> {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', pkcs8, CURVE, false, ['sign']);
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return pemText({ label: 'PRIVATE KEY', der: new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', key)) });
}

/** 16 bytes, positive and all of them there (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function lifetime(now: Date): { notBefore: Date; notAfter: Date } {
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + YEARS);
  return { notBefore: backdated(now), notAfter: wholeSeconds(notAfter) };
}

function backdated(now: Date): Date {
  return wholeSeconds(new Date(now.getTime() - BACKDATED_MS));
}

/** Times in certificates have no more (RFC 5280 §4.1.2.5). */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

function derText(raw: ArrayBuffer): string {
  return pemText({ label: 'CERTIFICATE', der: new Uint8Array(raw) });
}

/** A number above 0 (X.690 §8.3): a leading bit would make it negative. */
function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const bytes = [...Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')];
  if (bytes[0]! >= 0x80) bytes.unshift(0);
  return Uint8Array.from([0x02, bytes.length, ...bytes]);
}
