/**
 * Which certificates a revocation list names (RFC 5280 §5.1), for connections that are open when the list changes.
 *
 *   CertificateList ::= { tbsCertList { [version] signature issuer thisUpdate [nextUpdate] [revoked…] … } … }
 *
 * At the handshake OpenSSL itself checks the list: its signature, its dates, the whole chain. Here only issuer and serial
 * number are compared, byte for byte, and only of the board's own certificate.
 */
import type { X509Certificate } from 'node:crypto';
import { DerReader, EXPLICIT_0, GENERALIZED_TIME, INTEGER, SEQUENCE, UTC_TIME } from './der.ts';
import { pemBlocks } from './pem.ts';

export interface Revocations {
  readonly issuers: ReadonlySet<string>;
  has(certificate: X509Certificate): boolean;
}

/** Those of all lists in a PEM text; of none without a text. FormatError if it holds something else. */
export function revocationsOf(crl: string | undefined): Revocations {
  const issuers = new Set<string>();
  const names = new Set<string>();
  for (const der of pemBlocks(crl ?? '', 'X509 CRL')) {
    const { issuer, serials } = readList(der);
    issuers.add(issuer);
    for (const serial of serials) names.add(`${issuer}/${serial}`);
  }
  return { issuers, has: ({ raw }) => names.has(nameOf(raw)) };
}

/** A certificate's subject, as its own list would have it for an issuer: DER, in hexadecimal. */
export function subjectOf({ raw }: X509Certificate): string {
  const fields = fieldsOf(raw);
  fields.skip(INTEGER);
  // signature, issuer, validity
  for (let skipped = 0; skipped < 3; skipped++) fields.skip(SEQUENCE);
  return hex(fields.whole());
}

function readList(der: Uint8Array): { issuer: string; serials: string[] } {
  const fields = new DerReader(der).enter(SEQUENCE).enter(SEQUENCE);
  fields.skip(INTEGER);
  // signature
  fields.enter(SEQUENCE);
  const issuer = hex(fields.whole());
  fields.skip(UTC_TIME, GENERALIZED_TIME);
  fields.skip(UTC_TIME, GENERALIZED_TIME);
  const serials: string[] = [];
  const revoked = fields.isNext(SEQUENCE) ? fields.enter(SEQUENCE) : undefined;
  while (revoked !== undefined && !revoked.done) serials.push(hex(revoked.enter(SEQUENCE).contents(INTEGER)));
  return { issuer, serials };
}

/** Issuer and serial number of a certificate. */
function nameOf(certificate: Uint8Array): string {
  const fields = fieldsOf(certificate);
  const serial = hex(fields.contents(INTEGER));
  // signature
  fields.enter(SEQUENCE);
  return `${hex(fields.whole())}/${serial}`;
}

/** Those of a certificate's inside, from the serial number on (RFC 5280 §4.1). */
function fieldsOf(certificate: Uint8Array): DerReader {
  const fields = new DerReader(certificate).enter(SEQUENCE).enter(SEQUENCE);
  fields.skip(EXPLICIT_0);
  return fields;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
