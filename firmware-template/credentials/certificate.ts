/**
 * What a certificate says (RFC 5280), as far as boards and their server mind it.
 *
 * Node's own parser decides whether it is one; the extensions come from @peculiar/x509; version, names and the signature's
 * algorithm from its DER, in which old authorities put a NULL after ecdsa-with-SHA256 (RFC 5758 §3.2 has none there).
 * Nothing is judged here: check.ts does.
 */
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { type Der, derValues, oidText, VERSION } from './der.ts';
import { pemText, readPem } from './pem.ts';

export interface Certificate {
  readonly pem: string;
  readonly der: Uint8Array;
  /** To check signatures and keys with. */
  readonly node: NodeCertificate;
  /** Names on one line each: `O=ARM, CN=board`. */
  readonly subject: string;
  readonly issuer: string;
  /** The subject's name as it stands in the certificate. */
  readonly subjectDer: Uint8Array;
  /** Undefined if there is none, or several. */
  readonly commonName: string | undefined;
  readonly issuerCommonName: string | undefined;
  /** It names itself as its issuer. */
  readonly selfIssued: boolean;
  /** 1 has no extensions; 3 is usual. */
  readonly version: number;
  /** Hexadecimal, upper case. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `P-256`, or what it is instead: `RSA of 2048 bits`. */
  readonly keyKind: string;
  /** `ECDSA with SHA-256`, or the number of what it is instead. */
  readonly signature: string;
  /** Undefined where the extension is not there. */
  readonly constraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** Numbers in dots. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** SHA-256, hexadecimal with colons. */
  readonly fingerprint: string;
}

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
export const ANY_USAGE = '2.5.29.37.0';

/** RFC 5758 §3.2, RFC 3279 §2.2.3. */
const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.1': 'ECDSA with SHA-1',
  '1.2.840.10045.4.3.1': 'ECDSA with SHA-224',
  '1.2.840.10045.4.3.2': 'ECDSA with SHA-256',
  '1.2.840.10045.4.3.3': 'ECDSA with SHA-384',
  '1.2.840.10045.4.3.4': 'ECDSA with SHA-512',
  '1.2.840.113549.1.1.5': 'RSA with SHA-1',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.113549.1.1.11': 'RSA with SHA-256',
  '1.2.840.113549.1.1.12': 'RSA with SHA-384',
  '1.2.840.113549.1.1.13': 'RSA with SHA-512',
  '1.3.101.112': 'Ed25519',
};

/** The certificates of PEM text, in its order. UsageError names `source` and what cannot be read. */
export async function readCertificates(text: string, source: string): Promise<readonly Certificate[]> {
  const certificates: Certificate[] = [];
  for (const { label, der } of readPem(text, source)) {
    if (label !== 'CERTIFICATE') {
      throw new UsageError(
        `${source} holds a ${label} where certificates are expected`,
        'Give the certificates alone.',
      );
    }
    certificates.push(await readCertificate(der, source));
  }
  return certificates;
}

/** The certificate that `der` is. */
export async function readCertificate(der: Uint8Array, source: string): Promise<Certificate> {
  const { BasicConstraintsExtension, ExtendedKeyUsageExtension, KeyUsagesExtension, X509Certificate } = await import(
    './x509.ts'
  );
  try {
    const node = new NodeCertificate(der);
    const parsed = new X509Certificate(new Uint8Array(der));
    const outside = readOutside(der);
    const constraints = parsed.getExtension(BasicConstraintsExtension);
    const usages = parsed.getExtension(KeyUsagesExtension)?.usages;
    const extended = parsed.getExtension(ExtendedKeyUsageExtension)?.usages;
    if (Number.isNaN(parsed.notBefore.getTime()) || Number.isNaN(parsed.notAfter.getTime())) throw unreadable(source);
    return {
      pem: pemText({ label: 'CERTIFICATE', der }),
      der,
      node,
      subject: oneLine(node.subject),
      issuer: oneLine(node.issuer),
      subjectDer: outside.subject.whole,
      commonName: single(parsed.subjectName.getField('CN')),
      issuerCommonName: single(parsed.issuerName.getField('CN')),
      selfIssued: Buffer.compare(outside.issuer.whole, outside.subject.whole) === 0,
      version: outside.version,
      serial: node.serialNumber,
      notBefore: parsed.notBefore,
      notAfter: parsed.notAfter,
      keyKind: keyKind(node),
      signature: SIGNATURES[outside.signature] ?? outside.signature,
      constraints: constraints === null ? undefined : { ca: constraints.ca, pathLength: constraints.pathLength },
      keyUsage: usages === undefined ? undefined : KEY_USAGES.filter((_usage, bit) => (usages & (1 << bit)) !== 0),
      extendedKeyUsage: extended === undefined ? undefined : Array.from(extended, String),
      fingerprint: node.fingerprint256,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Three parsers, each with errors of its own: whichever it was, these bytes are no certificate.
    throw unreadable(source, error);
  }
}

interface Outside {
  readonly version: number;
  readonly issuer: Der;
  readonly subject: Der;
  readonly signature: string;
}

/** Certificate ::= { TBSCertificate, signatureAlgorithm, signatureValue } (RFC 5280 §4.1). */
function readOutside(der: Uint8Array): Outside {
  const [whole] = derValues(der);
  const [tbs, algorithm] = derValues(whole!.content);
  const fields = derValues(tbs!.content);
  const hasVersion = fields[0]!.tag === VERSION;
  const [, , issuer, , subject] = hasVersion ? fields.slice(1) : fields;
  const version = hasVersion ? derValues(fields[0]!.content)[0]!.content[0]! + 1 : 1;
  return { version, issuer: issuer!, subject: subject!, signature: oidText(derValues(algorithm!.content)[0]!) };
}

/** What kind of key a certificate is for. */
function keyKind(certificate: NodeCertificate): string {
  try {
    return kindOf(certificate.publicKey);
  } catch {
    // A curve or an algorithm that this build of OpenSSL does not have.
    return 'a kind that is not known here';
  }
}

/** `P-256`, or what else a key is, in words. */
export function kindOf(key: NodeCertificate['publicKey']): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ec') return CURVES[details?.namedCurve ?? ''] ?? details?.namedCurve ?? 'EC with parameters of its own';
  if (type === 'rsa' || type === 'rsa-pss') return `RSA of ${details?.modulusLength} bits`;
  return TYPES[type ?? ''] ?? type ?? 'a kind that is not known here';
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
const TYPES: Readonly<Record<string, string>> = { ed25519: 'Ed25519', ed448: 'Ed448', x25519: 'X25519', dsa: 'DSA' };

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function single(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined;
}

function unreadable(source: string, cause?: unknown): UsageError {
  const options = cause === undefined ? undefined : { cause };
  return new UsageError(`${source} holds a certificate that cannot be read`, 'Give an X.509 certificate.', options);
}
