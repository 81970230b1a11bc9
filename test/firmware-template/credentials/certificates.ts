/** Makes certificates of every kind, good and bad, for tests of what is said about them. In this process: quick, and no tool is needed. */
import { createPrivateKey, randomBytes, sign, webcrypto } from 'node:crypto';
import { derValues } from '../../../firmware-template/credentials/der.ts';
import { pemText, readPem } from '../../../firmware-template/credentials/pem.ts';
import * as x509 from '../../../firmware-template/credentials/x509.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

export type Kind = 'P-256' | 'P-384' | 'P-521' | 'RSA' | 'Ed25519';
export type Hash = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

export interface Recipe {
  /** Common name, or the whole subject. */
  readonly name?: string | x509.JsonName;
  readonly kind?: Kind;
  readonly hash?: Hash;
  /** Self-signed without it. */
  readonly issuer?: Pair;
  readonly ca?: boolean;
  readonly usage?: number;
  readonly extendedUsage?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Bytes of an extension that nobody knows, to make it long. */
  readonly padding?: number;
}

export interface Pair {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly hash: Hash;
}

const ALGORITHMS = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384' },
  'P-521': { name: 'ECDSA', namedCurve: 'P-521' },
  RSA: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
  Ed25519: { name: 'Ed25519' },
} as const;

/** A certificate and its key. */
export async function certificate(recipe: Recipe = {}): Promise<Pair> {
  const { name = 'some', kind = 'P-256', hash = 'SHA-256', issuer, ca, usage, extendedUsage, padding } = recipe;
  const keys = (await webcrypto.subtle.generateKey(ALGORITHMS[kind], true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const signer = issuer ?? { keys, hash };
  const subject = typeof name === 'string' ? [{ CN: [name] }] : name;
  const from = issuer === undefined ? undefined : new x509.X509Certificate(issuer.cert);
  const made = await x509.X509CertificateGenerator.create(
    {
      subject,
      issuer: from === undefined ? subject : from.subjectName.toJSON(),
      serialNumber: `4${randomBytes(8).toString('hex').slice(1)}`,
      notBefore: recipe.notBefore ?? new Date(NOW.getTime() - DAY_MS),
      notAfter: recipe.notAfter ?? new Date(NOW.getTime() + 3650 * DAY_MS),
      signingAlgorithm: { ...(signer.keys.privateKey.algorithm as object), hash: signer.hash } as EcdsaParams,
      publicKey: keys.publicKey,
      signingKey: signer.keys.privateKey,
      extensions: [
        ...(ca === undefined ? [] : [new x509.BasicConstraintsExtension(ca, undefined, true)]),
        ...(usage === undefined ? [] : [new x509.KeyUsagesExtension(usage, true)]),
        ...(extendedUsage === undefined ? [] : [new x509.ExtendedKeyUsageExtension([...extendedUsage])]),
        ...(padding === undefined ? [] : [new x509.Extension('1.3.6.1.4.1.99999.1', false, new Uint8Array(padding))]),
      ],
    },
    webcrypto,
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    cert: pemText({ label: 'CERTIFICATE', der: new Uint8Array(made.rawData) }),
    key: pemText({ label: 'PRIVATE KEY', der: new Uint8Array(pkcs8) }),
    keys,
    hash,
  };
}

type EcdsaParams = { readonly name: string; readonly hash: string };

/** An authority that may sign. */
export function authority(recipe: Recipe = {}): Promise<Pair> {
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  return certificate({ name: 'authority', ca: true, usage, ...recipe });
}

/** The certificate signed anew with a NULL after ecdsa-with-SHA256, as the old service's had it. */
export function withNullParameter({ cert }: Pair, issuerKey: string): string {
  const tbs = derValues(derValues(readPem(cert, 'test')[0]!.der)[0]!.content)[0]!;
  const fields = derValues(tbs.content);
  const oid = derValues(fields[2]!.content)[0]!;
  const algorithm = tlv(0x30, oid.whole, Uint8Array.of(0x05, 0x00));
  const signed = tlv(0x30, ...fields.map((field, i) => (i === 2 ? algorithm : field.whole)));
  const signature = sign('sha256', signed, createPrivateKey(issuerKey));
  const der = tlv(0x30, signed, algorithm, tlv(0x03, Uint8Array.of(0), signature));
  return pemText({ label: 'CERTIFICATE', der });
}

/** A value in DER (X.690 §8.1). */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const bytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...bytes), content]);
}
